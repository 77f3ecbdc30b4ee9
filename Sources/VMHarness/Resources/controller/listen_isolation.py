"""Listens on the control host for what a guest must not be able to send, and prints what came, as JSON.

Arguments: address that it must be reachable at, a multicast group, a token, a file that gets the port once it listens,
and a file whose appearance ends it. Before that file is written it has heard itself: a deaf listener would prove nothing.
"""

import json
import os
import select
import socket
import struct
import sys
import time

address, group, token, ready, stop = sys.argv[1:6]
token = token.encode()

tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
tcp.bind(("0.0.0.0", 0))
tcp.listen(64)
port = tcp.getsockname()[1]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", port))
udp.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(address))

test = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
test.sendto(b"self-test", (address, port))
udp.settimeout(5)
assert udp.recvfrom(2048)[0] == b"self-test"
socket.create_connection((address, port), timeout=5).close()
tcp.settimeout(5)
tcp.accept()[0].close()

with open(ready + ".new", "w", encoding="ascii") as file:
    file.write(str(port))
os.rename(ready + ".new", ready)

came = set()
end = time.monotonic() + 120
while time.monotonic() < end:
    # Looked at first: what had come before is still heard.
    is_last = os.path.exists(stop)
    while True:
        readable = select.select([tcp, udp], [], [], 0 if is_last else 0.05)[0]
        if not readable:
            break
        if udp in readable:
            data, peer = udp.recvfrom(2048)
            if token in data:
                came.add("a UDP packet from %s" % peer[0])
        if tcp in readable:
            connection, peer = tcp.accept()
            connection.close()
            came.add("a TCP connection from %s" % peer[0])
    if is_last:
        break
print(json.dumps({"came": sorted(came)[:50]}))
