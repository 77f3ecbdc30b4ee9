"""Asks a name server for the IPv4 addresses of a name, over UDP: argv is ADDRESS PORT NAME SECONDS. Prints them, one a line."""

import os
import socket
import struct
import sys

address, port, name, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
number = os.urandom(2)
# RFC 1035, 4.1: one question, recursion desired; type A, class IN.
labels = b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split("."))
query = number + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
    asked.settimeout(seconds)
    asked.connect((address, port))
    try:
        asked.send(query)
        while True:
            answer = asked.recv(4096)
            if answer[:2] == number:
                break
    except OSError as error:
        sys.exit(f"no answer: {error}")
code, count = answer[3] & 15, struct.unpack("!H", answer[6:8])[0]
if code:
    sys.exit({2: "the server failed", 3: "there is no such name", 5: "refused"}.get(code, f"error {code}"))


def after_name(place):
    while answer[place] and answer[place] < 192:
        place += answer[place] + 1
    return place + (2 if answer[place] else 1)


place = after_name(12) + 4
for _ in range(count):
    place = after_name(place)
    kind, _, _, size = struct.unpack("!HHIH", answer[place : place + 10])
    if kind == 1 and size == 4:
        print(socket.inet_ntoa(answer[place + 10 : place + 14]))
    place += 10 + size
