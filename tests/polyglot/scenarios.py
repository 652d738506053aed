"""What every client must do and see: scenario -> outcome, "OK" and what came, or the gRPC code and the reason."""

# Judged by the guarded shop, whichever language it is written in.
SHOP = {
    "products_without_token": "OK cup pot tea",
    "order_without_token": "UNAUTHENTICATED token_missing",
    "call_without_certificate": "UNAVAILABLE",
    "order": "OK tea",
    "order_without_scope": "PERMISSION_DENIED scope_missing",
    "order_for_another_audience": "UNAUTHENTICATED wrong_audience",
    "order_with_custom_type": "UNAUTHENTICATED wrong_type",
    "server_stream": "OK 1",
    "two_way_stream": "OK alice, you said: hello",
    "stream_expires": "UNAUTHENTICATED stream_expired",
    "stream_revoked": "UNAUTHENTICATED stream_revoked",
    "not_fresh_after_refresh": "UNAUTHENTICATED not_fresh",
    "order_after_revocation": "UNAUTHENTICATED token_revoked",
    "order_when_session_ended": "UNAUTHENTICATED token_revoked",
    "refreshed_ahead": "OK 1 refresh",
    "refreshed_once_when_refused": "OK 1 refresh",
    "order_by_certificate": "OK tea",
    "order_with_another_certificate": "UNAUTHENTICATED certificate_mismatch",
    "order_repeated_name": "UNAUTHENTICATED token_malformed",
    "order_no_expiry": "UNAUTHENTICATED token_expired",
    "order_another_issuer": "UNAUTHENTICATED wrong_issuer",
    "order_unknown_key": "UNAUTHENTICATED key_unknown",
}

# Judged by tokend, or by the client itself; and what only the C++ library serves.
REST = {
    "stream_renewed": "OK renewed",
    "old_refresh_token_again": "UNAUTHENTICATED refresh_reused",
    "session_after_reuse": "UNAUTHENTICATED session_revoked",
    "issue_without_subject": "INVALID_ARGUMENT request_invalid",
    "issue_for_forbidden_audience": "PERMISSION_DENIED client_not_allowed",
    "keys_for_anyone": "OK k4.public",
    "feed_tells_revocation": "OK",
    "offline_good": "OK alice blue",
    "offline_wrong_audience": "REFUSED wrong_audience",
    "offline_wrong_type": "REFUSED wrong_type",
    "offline_expired": "REFUSED token_expired",
    "offline_changed": "REFUSED signature_invalid",
    "offline_revoked": "REFUSED token_revoked",
    "offline_bound": "REFUSED certificate_mismatch",
    "offline_repeated_name": "REFUSED token_malformed",
    "offline_no_expiry": "REFUSED token_expired",
    "offline_another_issuer": "REFUSED wrong_issuer",
    "offline_unknown_key": "REFUSED key_unknown",
    "revocations_forgotten": "OK 60",
    "revocation_of_unknown_kind": "OK held",
}

ALL = SHOP | REST

# Those that present a token of forge.py.
FORGED = {f"{who}_{name}" for who in ("order", "offline")
          for name in ("repeated_name", "no_expiry", "another_issuer", "unknown_key")}
