-- Networks whose addresses no provider can hand out: private, shared, loopback, link-local
-- (RFC 6890), as the sortable keys of `base.addresses`.
SELECT low, high FROM special_network WHERE kind IN ('private', 'shared', 'loopback', 'link-local')
