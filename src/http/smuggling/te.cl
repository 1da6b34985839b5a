# RFC 9112, 6.3: chunked and a length
# expect: 400; closed
POST /a HTTP/1.1\r\n
Host: a\r\n
Transfer-Encoding: chunked\r\n
Content-Length: 4\r\n
\r\n
21\r\n
GET /hidden HTTP/1.1\r\n
Host: a\r\n
\r\n
\r\n
0\r\n
\r\n
