"""Problems that stand in zones alone: hidden records, aliases, delegations, signatures."""

from __future__ import annotations

from certs import DAY, NOW
from planted.problem import CAA, SUB, Problem, Side, day

_CUT = "sub NS ns1\nsub NS ns2\n"
_RELEASED = dict.fromkeys(
    [
        "traffic",
        "renewal-job",
        "authorizations",
        "validation-records",
        "certificate",
        "tlsa",
        "shared-names",
        "records",
        "provider-resource",
        "caa",
        "consumers",
        "ct-watch",
        "evidence",
    ],
    True,
)
_ASKED = Side(estate={"authorities": ["ns1.sub.{d}", "ns2.sub.{d}"]})
_YAML = """\
? ''
: - {{ttl: 300, type: NS, values: ['ns1.{d}.', 'ns2.{d}.']}}
  - ttl: 300
    type: CAA
    values:
    - {{flags: 0, tag: issue, value: ca.test}}
    - {{flags: 0, tag: iodef, value: 'mailto:pki@planted.example'}}
ns1: {{ttl: 300, type: A, value: 127.0.0.53}}
ns2: {{ttl: 300, type: A, value: 127.0.0.54}}
www: {{ttl: 300, type: A, value: '{ip}'}}
"""
_RULED = """\
sub:
  ttl: 300
  type: CAA
  values:
  - {{{{flags: 0, tag: issue, value: {issuer}}}}}
  - {{{{flags: 0, tag: iodef, value: 'mailto:pki@planted.example'}}}}
"""
_DIGEST = "ab" * 32


def _provider(approved: bool) -> Side:
    provider = {"id": "{s}-cdn", "kind": "cdn", "approved": approved, "hosts": ["{s}.cdn.test"]}
    return Side(estate={"providers": [provider]})


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        id="hidden-caa",
        rule="ZONE-001",
        status="high",
        subject="{d}: sub.{d} CAA",
        both=Side(zone='sub CAA 0 issue "ca.test"\nsub CAA 0 iodef "mailto:pki@planted.example"\n'),
        bad=Side(zone=_CUT),
    ),
    Problem(
        id="hidden-token",
        rule="ZONE-001",
        status="high",
        subject="{d}: _acme-challenge.sub.{d} TXT",
        both=Side(zone='_acme-challenge.sub TXT "Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmE"\n'),
        bad=Side(zone=_CUT),
    ),
    Problem(
        id="hidden-mail",
        rule="ZONE-001",
        status="high",
        subject="{d}: mail.old.{d} MX",
        both=Side(zone="mail.old MX 10 www\nnew A 127.0.0.9\n"),
        bad=Side(zone="old DNAME new\n"),
    ),
    Problem(
        id="hidden-address",
        rule="ZONE-002",
        status="low",
        subject="{d}: web.sub.{d} A",
        passes="{d}: ns.sub.{d} A",
        both=Side(zone="sub NS ns.sub\nsub NS ns1\nns.sub A 127.0.0.9\n"),
        bad=Side(zone="web.sub A 127.0.0.9\n"),
    ),
    Problem(
        id="alias-beside-text",
        rule="ZONE-010",
        status="high",
        subject="app.{d}",
        both=Side(form="file", raw="app CNAME www\n"),
        bad=Side(raw='app TXT "v=spf1 -all"\n'),
    ),
    Problem(
        id="two-aliases",
        rule="ZONE-010",
        status="high",
        subject="app.{d}",
        both=Side(form="file", raw="app CNAME www\n"),
        bad=Side(raw="app CNAME ns1\n"),
    ),
    Problem(
        id="glue-missing",
        rule="ZONE-011",
        status="high",
        subject="sub.{d} ns.sub.{d}",
        both=Side(zone="sub NS ns.sub\nsub NS ns1\n"),
        good=Side(zone="ns.sub A 127.0.0.9\n"),
    ),
    Problem(
        id="mail-host-alias",
        rule="ZONE-012",
        status="medium",
        subject="{d} MX mail.{d}",
        both=Side(zone="@ MX 10 mail\n"),
        bad=Side(zone="mail CNAME www\n"),
        good=Side(zone="mail A 127.0.0.9\n"),
    ),
    Problem(
        id="name-server-alias",
        rule="ZONE-012",
        status="medium",
        subject="sub.{d} NS dns.{d}",
        both=Side(zone="sub NS dns\nsub NS ns1\n"),
        bad=Side(zone="dns CNAME ns2\n"),
        good=Side(zone="dns A 127.0.0.54\n"),
    ),
    Problem(
        id="mail-to-address",
        rule="ZONE-013",
        status="high",
        subject="{d} MX 192.0.2.1",
        passes="{d} MX 1mail.{d}",
        bad=Side(zone="@ MX 10 192.0.2.1.\n"),
        good=Side(zone="@ MX 10 1mail\n1mail A 127.0.0.9\n"),
    ),
    Problem(
        id="alias-to-address",
        rule="ZONE-013",
        status="high",
        subject="app.{d} CNAME 192.0.2.7.{d}",
        passes="app.{d} CNAME 7app.{d}",
        bad=Side(zone="app CNAME 192.0.2.7\n"),
        good=Side(zone="app CNAME 7app\n7app A 127.0.0.9\n"),
    ),
    Problem(
        id="digest-alone",
        rule="ZONE-014",
        status="medium",
        subject="sub.{d}",
        both=Side(zone=f"sub DS 4711 13 2 {_DIGEST}\n"),
        good=Side(zone=_CUT),
    ),
    Problem(
        id="single-server",
        rule="ZONE-015",
        status="medium",
        subject="{d}",
        bad=Side(servers=("ns1",)),
    ),
    Problem(
        id="wildcard-lent",
        rule="ZONE-016",
        status="high",
        subject="*.apps.{d}",
        both=Side(
            zone="*.apps CNAME edge.{s}.cdn.test.\n",
            service={"names": ["www.{d}", "*.apps.{d}"], "aliases": ["{s}.cdn.test"]},
        ),
        bad=_provider(False),
        good=_provider(True),
    ),
    Problem(
        id="wildcard-undeclared",
        rule="ZONE-017",
        status="low",
        subject="*.apps.{d}",
        both=Side(zone="*.apps CNAME www\n"),
        good=Side(service={"names": ["www.{d}", "*.apps.{d}"]}),
    ),
    Problem(
        id="alias-dangling",
        rule="DANGLE-001",
        status="critical",
        subject="app.{d}",
        both=Side(zone="app CNAME blog\n"),
        good=Side(zone="blog A 127.0.0.9\n"),
    ),
    Problem(
        id="mail-host-missing",
        rule="DANGLE-005",
        status="high",
        subject="{d} MX mail.{d}",
        both=Side(zone="@ MX 10 mail\n"),
        good=Side(zone="mail A 127.0.0.9\n"),
    ),
    Problem(
        id="validation-dangling",
        rule="DANGLE-006",
        status="critical",
        subject="_dnsauth.{d}",
        both=Side(zone="_dnsauth CNAME token.dcv\n"),
        good=Side(zone='token.dcv TXT "present"\n'),
    ),
    Problem(
        id="service-record-lost",
        rule="DANGLE-008",
        status="high",
        subject="_sip._udp.{d} SRV sip.{d}",
        both=Side(zone="_sip._udp SRV 1 1 5060 sip\n"),
        good=Side(zone="sip A 127.0.0.9\n"),
    ),
    Problem(
        id="zone-not-delegated",
        rule="DANGLE-004",
        status="critical",
        subject="sub.{d}",
        both=_ASKED.joined(Side(children={"sub": CAA})),
        good=Side(zone=SUB),
    ),
    Problem(
        id="delegation-lame",
        rule="DANGLE-004",
        status="critical",
        subject="sub.{d}",
        both=_ASKED.joined(Side(zone=SUB)),
        good=Side(children={"sub": CAA}),
    ),
    Problem(
        id="bogus",
        rule="DNSSEC-001",
        status="critical",
        subject="{d}",
        both=Side(estate={"asked": ["{d}"]}),
        bad=Side(ds="wrong"),
    ),
    Problem(
        id="digest-without-key",
        rule="DNSSEC-002",
        status="critical",
        subject="{d}",
        bad=Side(ds="wrong"),
    ),
    Problem(
        id="signatures-ending",
        rule="DNSSEC-003",
        status="high",
        subject="{d}",
        bad=Side(expires=NOW + DAY),
    ),
    Problem(
        id="policy-unsigned",
        rule="DNSSEC-004",
        status="medium",
        subject="{d}",
        bad=Side(ds="none"),
    ),
    Problem(
        id="digest-retired",
        rule="DNSSEC-005",
        status="medium",
        subject="{d} DS",
        bad=Side(ds="sha1"),
    ),
    Problem(
        id="signal-removes",
        rule="DNSSEC-006",
        status="critical",
        subject="{d}",
        both=Side(estate={"dnssec": [{"zone": "{d}", "signers": [4711]}]}),
        bad=Side(zone="@ CDS 0 0 0 00\n"),
        good=Side(zone=f"@ CDS 4711 13 2 {_DIGEST}\n"),
    ),
    Problem(
        id="denial-salted",
        rule="DNSSEC-007",
        status="low",
        subject="{d}",
        both=Side(form="file"),
        bad=Side(raw="@ NSEC3PARAM 1 0 12 aabbccdd\n"),
        good=Side(raw="@ NSEC3PARAM 1 0 0 -\n"),
    ),
    Problem(
        id="rollover-early",
        rule="DNSSEC-008",
        status="high",
        subject="{d} retire-old-key at " + str(NOW + DAY),
        bad=Side(
            estate={
                "dnssec": [
                    {
                        "zone": "{d}",
                        "rollovers": [{"step": "retire-old-key", "at": day(1), "safe": day(2)}],
                    }
                ]
            }
        ),
        good=Side(
            estate={
                "dnssec": [
                    {
                        "zone": "{d}",
                        "rollovers": [{"step": "retire-old-key", "at": day(1), "safe": day(0)}],
                    }
                ]
            }
        ),
    ),
    Problem(
        id="alias-ends-below-a-cut",
        rule="DANGLE-001",
        status="critical",
        subject="app.{d}",
        both=Side(zone="app CNAME www.sub\nwww.sub A 127.0.0.9\n" + SUB),
        bad=Side(children={"sub": CAA}),
        good=Side(children={"sub": "www A 127.0.0.9\n" + CAA}),
        alarms={"ZONE-002": "the parent holds the address too, where nobody is answered with it"},
    ),
    Problem(
        id="mail-host-below-a-cut",
        rule="DANGLE-005",
        status="high",
        subject="{d} MX mx.sub.{d}",
        both=Side(zone="@ MX 10 mx.sub\nmx.sub A 127.0.0.9\n" + SUB),
        bad=Side(children={"sub": CAA}),
        good=Side(children={"sub": "mx A 127.0.0.9\n" + CAA}),
        alarms={"ZONE-002": "the parent holds the address too, where nobody is answered with it"},
    ),
    Problem(
        id="yaml-alias-gone",
        rule="DANGLE-001",
        status="critical",
        subject="app.{d}",
        both=Side(form="octodns", ds="none"),
        bad=Side(raw=_YAML + "app: {{ttl: 300, type: CNAME, value: 'gone.{d}.'}}\n"),
        good=Side(raw=_YAML + "app: {{ttl: 300, type: CNAME, value: 'www.{d}.'}}\n"),
        alarms={"DNSSEC-004": "its parent says that it is not signed"},
    ),
    Problem(
        id="yaml-caa-rogue",
        rule="CAA-003",
        status="high",
        subject="sub.{d} issue rogue.test",
        passes="sub.{d} issue ca.test",
        both=Side(form="octodns", ds="none"),
        bad=Side(raw=_YAML + _RULED.format(issuer="rogue.test")),
        good=Side(raw=_YAML + _RULED.format(issuer="ca.test")),
        alarms={"DNSSEC-004": "its parent says that it is not signed"},
    ),
    Problem(
        id="resolvers-see-another-place",
        rule="BIND-018",
        status="critical",
        subject="www.{d}",
        both=Side(estate={"asked": ["www.{d}"]}),
        bad=Side(spoofed="www A 198.51.100.66\n"),
        good=Side(spoofed="www A {ip}\n"),
    ),
    Problem(
        id="address-released",
        rule="DANGLE-003",
        status="critical",
        subject="app.{d} 1.1.1.7",
        passes="app.{d} 9.9.9.7",
        both=Side(
            service={
                "names": ["www.{d}", "app.{d}"],
                "networks": None,
                "state": "retiring",
                "retirement": _RELEASED,
            },
            estate={"networks": [{"network": "9.9.9.7", "cloud": True}]},
        ),
        bad=Side(zone="app A 1.1.1.7\n"),
        good=Side(zone="app A 9.9.9.7\n"),
    ),
    Problem(
        id="challenge-stranger",
        rule="ACME-020",
        status="high",
        subject="_acme-challenge.app.{d}",
        bad=Side(zone="_acme-challenge.app CNAME app.val.stranger.test.\n"),
        good=Side(zone='_acme-challenge.app CNAME app.val\napp.val TXT "x"\n'),
    ),
    Problem(
        id="spf-typing-error",
        rule="MAIL-006",
        status="medium",
        subject="app.{d}",
        bad=Side(zone='app TXT "v=spf1 nclude:spf.{d} -all"\n'),
        good=Side(zone='app TXT "v=spf1 -all"\n'),
    ),
    Problem(
        id="dkim-host-name",
        rule="MAIL-008",
        status="medium",
        subject="s1._domainkey.{d}",
        bad=Side(zone='s1._domainkey TXT "s1.dkim.mail.test"\n'),
        good=Side(zone='s1._domainkey TXT "v=DKIM1; p="\n'),
    ),
    Problem(
        id="mail-without-dmarc",
        rule="MAIL-011",
        status="medium",
        subject="app.{d}",
        both=Side(zone='app TXT "v=spf1 ip4:127.0.0.9 -all"\n'),
        good=Side(zone='_dmarc TXT "v=DMARC1; p=none"\n'),
    ),
)
