"""Changes: proposed, consented to, applied, verified, taken back; every act durable and logged."""
