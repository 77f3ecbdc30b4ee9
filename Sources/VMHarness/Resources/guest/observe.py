"""What boma-it sees from inside the subject, in one round trip. Reads its questions as JSON from argv[1], prints JSON.

Container egress is asked from the container's own network namespace with the subject's tools, so that it works for an
image that holds one static program, too.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse

QUESTIONS = json.loads(sys.argv[1])
TIMEOUT = QUESTIONS["timeout_seconds"]
LIMIT = 200_000


def run(*argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=60)
        return done.returncode, (done.stdout + done.stderr)[:LIMIT]
    except (OSError, subprocess.TimeoutExpired) as error:
        return -1, str(error)


def answer(port, path):
    """Any status is an answer, as it is from outside; whether it is the one of before is compared later. A redirect is not followed: it may well lead to the real host."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return {"ok": True, "detail": f"answers with status {reply.status}", "status": reply.status}
    except (OSError, ValueError, http.client.HTTPException) as error:
        return {"ok": False, "detail": str(error) or type(error).__name__}
    finally:
        connection.close()


def address_in(source):
    """The address behind apt's URI of a package source; sources.list(5), apt-transport-mirror(1). Debian's cloud images name
    a file with mirrors."""
    if source.startswith("mirror+file:"):
        try:
            with open("/" + source[len("mirror+file:"):].lstrip("/"), encoding="utf-8", errors="replace") as mirrors:
                source = next((line.split()[0] for line in mirrors if line.startswith("http")), "")
        except OSError:
            return ""
    source = source[len("mirror+"):] if source.startswith("mirror+http") else source
    return source if source.startswith("http") else ""


def egress_target():
    """A host that the subject itself is set up to use: its first package source, unless the profile names another."""
    url = QUESTIONS.get("egress_url") or ""
    if not url:
        # Without this option nothing is listed before the first apt-get update.
        _, text = run(
            "apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)", "Created-By: Packages")
        url = next(filter(None, map(address_in, text.splitlines())), "")
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def connect(address, port):
    try:
        twice(lambda: socket.create_connection((address, port), TIMEOUT)).close()
        return {"ok": True, "detail": f"{address}:{port} answers"}
    except OSError as error:
        return {"ok": False, "detail": f"{address}:{port}: {error}"}


def twice(ask):
    """Once more when it fails at once, which something may that is just starting. Silence has been waited for already."""
    start = time.monotonic()
    try:
        return ask()
    except OSError:
        if time.monotonic() - start > 2:
            raise
    time.sleep(1)
    return ask()


def connect_from(pid, address, port):
    code, text = run(
        "nsenter", "--net", "--target", str(pid), "timeout", str(TIMEOUT), "bash", "-c", f"</dev/tcp/{address}/{port}"
    )
    detail = "answers" if code == 0 else "timed out" if code == 124 else text.strip()[-200:] or f"exit {code}"
    return {"ok": code == 0, "detail": f"{address}:{port} {detail}"}


def containers():
    code, text = run("docker", "ps", "--all", "--quiet", "--no-trunc")
    ids = text.split() if code == 0 else []
    if not ids:
        return []
    # A line for each, and not all that Docker knows. One that is gone by now costs its own line only.
    shape = "[{{json .Name}}, {{json .State.Status}}, {{.State.Pid}}]"
    _, text = run("docker", "inspect", "--type", "container", "--format", shape, *ids)
    found = []
    for line in text.splitlines():
        try:
            name, status, pid = json.loads(line)
        except ValueError:  # What Docker's client says beside it.
            continue
        found.append({"name": name.lstrip("/"), "status": status, "pid": pid})
    return found


def full():
    """Mount points that are writable and have nothing left, for files or for their names."""
    found = []
    with open("/proc/mounts", encoding="utf-8", errors="replace") as mounts:
        rows = [line.split() for line in mounts]
    for device, point, _, options in (row[:4] for row in rows):
        if not device.startswith("/dev/") or "rw" not in options.split(","):
            continue
        try:
            state = os.statvfs(point)
        except OSError:
            continue
        if state.f_blocks and not state.f_bavail or state.f_files and not state.f_favail:
            found.append(point)
    return sorted(set(found))


def main():
    seen = {"containers": containers()}
    seen["answers"] = {str(q["port"]): answer(q["port"], q["path"]) for q in QUESTIONS["published"]}
    _, state = run("systemctl", "is-system-running")
    seen["system_state"] = state.strip()
    seen["units"] = {}
    if QUESTIONS.get("units"):
        _, text = run("systemctl", "is-active", "--", *QUESTIONS["units"])
        seen["units"] = dict(zip(QUESTIONS["units"], text.split("\n")))
    _, failed = run("systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager")
    seen["failed_units"] = [line.split()[0] for line in failed.splitlines() if line.strip()]

    seen["container_egress"] = {}
    host, port = egress_target()
    try:
        address = twice(lambda: socket.gethostbyname(host)) if host else None
    except OSError as error:
        address, seen["host_egress"] = None, {"ok": False, "detail": f"{host}: {error}"}
    if address:
        seen["host_egress"] = connect(address, port)
        for one in seen["containers"]:
            if one["name"] in QUESTIONS["egress_from"] and one["pid"]:
                seen["container_egress"][one["name"]] = connect_from(one["pid"], address, port)
    seen.setdefault("host_egress", None)

    seen["full"] = full()
    _, seen["ruleset"] = run("nft", "list", "ruleset")
    print(json.dumps(seen))


main()
