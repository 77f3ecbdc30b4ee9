"""What boma-it sees from inside the subject, in one round trip. Reads its questions as JSON from argv[1], prints JSON.

Container egress is asked from the container's own network namespace with the subject's tools, so that it works for an
image that holds one static program, too.
"""

import json
import os
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

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
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT) as reply:
            return {"ok": True, "detail": reply.read(4096).decode("utf-8", "replace").strip()}
    except OSError as error:
        return {"ok": False, "detail": str(error)}


def egress_target():
    """A host that the subject itself is set up to use: its first package source, unless the profile names another."""
    url = QUESTIONS.get("egress_url") or ""
    if not url:
        # Without this option nothing is listed before the first apt-get update.
        _, text = run(
            "apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)", "Created-By: Packages")
        lines = [line for line in text.splitlines() if line.startswith("http")]
        url = lines[0] if lines else ""
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def connect(address, port):
    try:
        with socket.create_connection((address, port), TIMEOUT):
            return {"ok": True, "detail": f"{address}:{port} answers"}
    except OSError as error:
        return {"ok": False, "detail": f"{address}:{port}: {error}"}


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
    _, text = run("docker", "inspect", *ids)
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [
        {
            "name": one["Name"].lstrip("/"),
            "status": one["State"]["Status"],
            "pid": one["State"]["Pid"],
            "restarts": one["RestartCount"],
        }
        for one in found
    ]


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
        address = socket.gethostbyname(host) if host else None
    except OSError as error:
        address, seen["host_egress"] = None, {"ok": False, "detail": f"{host}: {error}"}
    if address:
        seen["host_egress"] = connect(address, port)
        for one in seen["containers"]:
            if one["name"] in QUESTIONS["egress_from"] and one["pid"]:
                seen["container_egress"][one["name"]] = connect_from(one["pid"], address, port)
    seen.setdefault("host_egress", {"ok": False, "detail": "no address to ask"})

    seen["full"] = full()
    _, seen["ruleset"] = run("nft", "list", "ruleset")
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot_id:
        seen["boot_id"] = boot_id.read().strip()
    print(json.dumps(seen))


main()
