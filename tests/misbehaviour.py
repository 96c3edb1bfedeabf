"""What is to come of every misbehaviour of ``tests.site``, and the ways to spell a private address. For tests and torture."""

from __future__ import annotations

from tests.site import TEXT

# ------------------------------------------------------------------------------------------ addresses

# None may be connected to. The .test names are those of NAMES.
SPELLINGS = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.000.000.001", "127.0.0.2", "127.127.127.127", "0", "0.0.0.0", "00", "0x0", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::ffff:0:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "①②⑦.0.0.1", "１２７.0.0.1", "127。0。0。1", "ⓛocalhost", "user@127.0.0.1", "user:pw@127.0.0.1", "127.0.0.1\\@example.org", "example.org@127.0.0.1", "127.0.0.1%2f", "127.0.0.1%00", "[::1%25lo]", "[fe80::1%25eth0]", "169.254.169.254", "10.0.0.1", "192.168.0.1", "[fd00::1]", "100.64.0.1", "224.0.0.1", "255.255.255.255", "[ff02::1]", "3232235521", "0xa9fea9fe", "0300.0250.0.1", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "private.test", "mixed.test", "mapped.test", "zone.test", "127.0.0.1#@example.org"]

NAMES = {
    "private.test": ["10.0.0.1"],
    "mixed.test": ["93.184.216.34", "127.0.0.1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "zone.test": ["fe80::1%lo"],
    "start.test": ["127.0.0.1"],
}


# ------------------------------------------------------------------------------------------ answers

# What a browser would read: name -> body
GOOD = {
    "ok": TEXT,
    "gzipped": TEXT,
    "deflated": TEXT,
    "deflated_raw": TEXT,
    "gzip_unasked": TEXT,
    "gzip_members": TEXT,
    "gzip_padded": TEXT,
    "no_gzip": TEXT,
    "chunked": TEXT,
    "until_close": TEXT,
    "empty": b"",
    "early_hints": TEXT,
    "many_headers": TEXT,
    "cookies": b"ok",
    "odd_headers": b"ok",
    "extra_bytes": TEXT,
    "hops/5": TEXT,
    "hops/3?302": TEXT,
    "hops/2?308": TEXT,
    "to_utf8": b"echo/%E1%83%9C%E1%83%98%E1%83%A3%E1%83%A1%E1%83%98?",
    "to_latin": b"echo/%E1%83%9C%E1%83%98%E1%83%A3%E1%83%A1%E1%83%98?",
    "to?/ok#fragment": TEXT,
}

# What is refused: name -> code
BAD = {
    # slow
    "silence": "timeout",
    "body_drip": "timeout",
    "chunk_drip": "timeout",
    "header_drip": "timeout",
    "status_drip": "timeout",
    "gzip_drip": "timeout",
    "endless_1xx": "protocol_error",
    "endless_trailers": "timeout",
    "stops_halfway": "timeout",
    "error_drip": "http_500",
    # too much
    "bomb_gzip_twice": "unsupported_encoding",
    "bomb_deflate": "too_large",
    "bomb_members": "bad_encoding",
    "wire_flood": "too_large",
    "large": "too_large",
    "large_chunked": "too_large",
    "large_until_close": "too_large",
    "header_flood": "protocol_error",
    "header_line": "protocol_error",
    "chunk_extension": "protocol_error",
    # broken
    "short_length": "truncated",
    "cut_chunked": "truncated",
    "cut_before_last_chunk": "truncated",
    "cut_gzip": "truncated",
    "cut_gzip_trailer": "truncated",
    "cut_deflate": "truncated",
    "wrong_checksum": "bad_encoding",
    "gzip_of_noise": "bad_encoding",
    "brotli": "unsupported_encoding",
    "zstd": "unsupported_encoding",
    "bad_chunk": "protocol_error",
    "negative_length": "protocol_error",
    "two_lengths": "protocol_error",
    "hang_up": "connection_lost",
    "reset": "connection_lost",
    "half_header": "connection_lost",
    "not_http": "connection_lost",
    "bad_status": "protocol_error",
    "upgrade": "protocol_error",
    # elsewhere
    "loop": "redirect_loop",
    "ping": "redirect_loop",
    "hops/6": "too_many_redirects",
    "hops/30": "too_many_redirects",
    "to?file:///etc/passwd": "redirect_scheme",
    "to?javascript:alert(1)": "redirect_scheme",
    "to?data:text/html,x": "redirect_scheme",
    "to?ftp://valley.test/": "redirect_scheme",
    "to?//": "bad_redirect",
    "to?http://": "bad_redirect",
    "to?http://[::bad/": "bad_redirect",
    "to?http://valley.test:99999/": "bad_redirect",
    "to?http://user:pw@valley.test/": "redirect_userinfo",
    "to?http://10.0.0.1/": "blocked_address",
    "to_nowhere": "bad_redirect",
    # statuses
    "status/400": "http_400",
    "status/401": "http_401",
    "status/403": "http_403",
    "status/404": "http_404",
    "status/410": "http_410",
    "status/418": "http_418",
    "status/429": "http_429",
    "status/451": "http_451",
    "status/500": "http_500",
    "status/503": "http_503",
    "status/300": "http_300",
    "unasked_304": "unasked_304",
}
