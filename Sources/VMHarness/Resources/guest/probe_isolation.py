"""Tries from inside the guest to reach what it must not reach, and says what answered, as JSON.

Frames are written to the card itself, past the guest's own firewall: what stops them is outside the guest. The gateway's
DNS is asked in the same way, and has to answer: silence means something only to somebody who can hear.

Argument: JSON with address, gateway, port (where the control host listens), token (what it listens for), hosts, targets,
group (a multicast group it has joined), seconds.
"""

import json
import os
import random
import socket
import struct
import sys
import time

plan = json.loads(sys.argv[1])
own, gateway, port = plan["address"], plan["gateway"], plan["port"]
token = plan["token"].encode()


def default_device():
    for line in open("/proc/net/route", encoding="ascii").read().splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000" and int(fields[3], 16) & 2:
            return fields[0]
    raise SystemExit("no default route")


def neighbour(address, device):
    for line in open("/proc/net/arp", encoding="ascii").read().splitlines()[1:]:
        fields = line.split()
        if fields[0] == address and fields[5] == device:
            return bytes.fromhex(fields[3].replace(":", ""))
    raise SystemExit("the gateway's hardware address is not known")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(target, protocol, body):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), random.randrange(65536), 0, 64, protocol, 0)
    head += socket.inet_aton(own) + socket.inet_aton(target)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def pseudo(target, protocol, length):
    return socket.inet_aton(own) + socket.inet_aton(target) + struct.pack("!BBH", 0, protocol, length)


def syn(target, source, destination):
    body = struct.pack("!HHIIBBHHH", source, destination, random.getrandbits(32), 0, 0x50, 2, 64240, 0, 0)
    body = body[:16] + struct.pack("!H", checksum(pseudo(target, 6, 20) + body)) + body[18:]
    return ipv4(target, 6, body)


def udp(target, source, destination, data):
    body = struct.pack("!HHHH", source, destination, 8 + len(data), 0) + data
    return ipv4(target, 17, body[:6] + struct.pack("!H", checksum(pseudo(target, 17, len(body)) + body)) + body[8:])


def echo(target, number):
    body = struct.pack("!BBHHH", 8, 0, 0, number, 1) + token
    return ipv4(target, 1, body[:2] + struct.pack("!H", checksum(body)) + body[4:])


device = default_device()
card = bytes.fromhex(open("/sys/class/net/%s/address" % device, encoding="ascii").read().strip().replace(":", ""))
router = neighbour(gateway, device)
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
link.bind((device, 0))

frames = []
asked = {}  # our port or number -> what it asked
base = random.randrange(20000, 40000)


def send(what, make, hardware=router):
    number = base + len(asked)
    asked[number] = what
    frames.append(hardware + card + b"\x08\x00" + make(number))


QUESTION = struct.pack("!HHHHHH", 0xB03A, 0x0100, 1, 0, 0, 0) + b"\x07version\x04bind\0" + struct.pack("!HH", 16, 3)
send("control: tcp", lambda n: syn(gateway, n, 53))
send("control: dns", lambda n: udp(gateway, n, 53, QUESTION))
CONTROLS = {base: "tcp", base + 1: "dns"}
for host in [gateway] + plan["hosts"]:
    for number in (port, 22):
        send("%s tcp %d" % (host, number), lambda n, h=host, p=number: syn(h, n, p))
    send("%s udp %d" % (host, port), lambda n, h=host: udp(h, n, port, token))
    send("%s echo" % host, lambda n, h=host: echo(h, n))
for target in plan["targets"]:
    send("%s tcp 22" % target, lambda n, t=target: syn(t, n, 22))
    send("%s tcp 80" % target, lambda n, t=target: syn(t, n, 80))
    send("%s udp" % target, lambda n, t=target: udp(t, n, port, token))
    send("%s echo" % target, lambda n, t=target: echo(t, n))
everybody = b"\xff" * 6
for target in ("255.255.255.255", own.rsplit(".", 1)[0] + ".255"):
    send("%s broadcast" % target, lambda n, t=target: udp(t, n, port, token), everybody)
group = socket.inet_aton(plan["group"])
send("%s multicast" % plan["group"], lambda n: udp(plan["group"], n, port, token),
     b"\x01\x00\x5e" + bytes([group[1] & 0x7F]) + group[2:])
# Another guest: who has its address, asked of everybody.
other = own.rsplit(".", 1)[0] + ".254"
frames.append(everybody + card + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + card
              + socket.inet_aton(own) + b"\0" * 6 + socket.inet_aton(other))
# IPv6: an echo request to all nodes, from the address that the card makes for itself.
local = socket.inet_pton(socket.AF_INET6, "fe80::") [:8] + bytes([card[0] ^ 2]) + card[1:3] + b"\xff\xfe" + card[3:]
nodes = socket.inet_pton(socket.AF_INET6, "ff02::1")
icmp6 = struct.pack("!BBHHH", 128, 0, 0, base, 1) + token
icmp6 = icmp6[:2] + struct.pack("!H", checksum(local + nodes + struct.pack("!IHBB", len(icmp6), 0, 0, 58) + icmp6)) + icmp6[4:]
for hardware in (b"\x33\x33\0\0\0\x01", router):
    frames.append(hardware + card + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(icmp6), 58, 1) + local + nodes + icmp6)

heard, leaks = set(), set()


def hear(frame):
    kind, packet = frame[12:14], frame[14:]
    if kind == b"\x86\xdd" and len(packet) > 48 and packet[6] == 58 and packet[40] == 129:
        leaks.add("IPv6: %s answers an echo" % socket.inet_ntop(socket.AF_INET6, packet[8:24]))
    if kind == b"\x08\x06" and len(packet) >= 28 and socket.inet_ntoa(packet[14:18]) == other:
        leaks.add("another machine, %s, answers to ARP" % other)
    if kind != b"\x08\x00" or len(packet) < 28 or socket.inet_ntoa(packet[16:20]) != own:
        return
    source, body = socket.inet_ntoa(packet[12:16]), packet[(packet[0] & 15) * 4:]
    if packet[9] in (6, 17) and len(body) >= 8:
        number = struct.unpack("!H", body[2:4])[0]
        if number not in asked:
            return
        if number in CONTROLS:
            if packet[9] == 17 or body[13] & 0x12 == 0x12:
                heard.add(CONTROLS[number])
        else:
            answer = "an answer" if packet[9] == 17 else "refused" if body[13] & 4 else "accepted"
            leaks.add("%s: %s" % (asked[number], answer))
    elif packet[9] == 1 and body[0] == 0:
        number = struct.unpack("!H", body[4:6])[0]
        if number in asked and token in body:
            leaks.add("%s: an answer" % asked[number])
    elif packet[9] == 1 and body[0] in (3, 11) and len(body) >= 36:
        quoted = body[8:]
        inner = quoted[(quoted[0] & 15) * 4:]
        place = 4 if quoted[9] == 1 else 0
        number = struct.unpack("!H", inner[place:place + 2])[0] if len(inner) >= 8 else 0
        if number in asked and number not in CONTROLS:
            leaks.add("%s: %s says it can't be delivered" % (asked[number], source))


start = time.monotonic()
for moment in (0.0, plan["seconds"] * 0.3, plan["seconds"]):
    while (left := start + moment - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            frame, about = link.recvfrom(65536)
        except TimeoutError:
            break
        if about[2] != socket.PACKET_OUTGOING:
            hear(frame)
    if moment < plan["seconds"]:
        for frame in frames:
            link.send(frame)
print(json.dumps({"heard": sorted(heard), "leaks": sorted(leaks)[:50], "sent": len(frames) * 2}))
