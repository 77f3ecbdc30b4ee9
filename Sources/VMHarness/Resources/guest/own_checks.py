"""The user's own checks that are asked in the machine. Reads [{"kind": …}, …] from argv[1]; writes [{"ok", "detail"}, …]."""

import grp
import json
import os
import pwd
import stat
import subprocess
import sys
import tempfile


def command(one):
    # Into a file: what it leaves running may keep a pipe open for ever. None of the output is told: it may hold a secret.
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(["bash", "-c", one["run"]], stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=subprocess.STDOUT, timeout=one["seconds"], check=False)
        except subprocess.TimeoutExpired:
            return f"took more than {one['seconds']} s"
        output.seek(0)
        text = output.read(16_000_000).decode("utf-8", "replace")
    if done.returncode != (one.get("exit") or 0):
        return f"exit status {done.returncode}"
    if one.get("text") and one["text"] not in text:
        return f"its output lacks '{one['text']}'"
    return None


def file(one):
    try:
        info = os.stat(one["path"])
    except OSError as error:
        return error.strerror
    mode = f"{info.st_mode & 0o7777:04o}"
    if one.get("mode") and one["mode"] != mode:
        return f"mode is {mode}"
    for key, number, names in (("owner", info.st_uid, lambda n: pwd.getpwuid(n)[0]), ("group", info.st_gid, lambda n: grp.getgrgid(n)[0])):
        try:
            name = names(number)
        except KeyError:
            name = str(number)
        if one.get(key) and one[key] != name:
            return f"{key} is {name}"
    if one.get("text"):
        if not stat.S_ISREG(info.st_mode):
            return "is no regular file"
        with open(one["path"], "rb") as opened:
            if one["text"].encode() not in opened.read(16_000_000):
                return f"it lacks '{one['text']}'"
    return None


def owners(name):
    """Whose programs of that name run."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", errors="replace") as opened:
                text = opened.read()
            # Field 2 is the name in parentheses, field 3 the state (proc_pid_stat(5)).
            if text[text.index("(") + 1 : text.rindex(")")] != name[:15] or text.rpartition(")")[2].split()[0] in "ZX":
                continue
            owner = os.stat(f"/proc/{pid}").st_uid
            try:
                found.add(pwd.getpwuid(owner)[0])
            except KeyError:
                found.add(str(owner))  # a container's
        except (OSError, ValueError):
            continue  # it has ended
    return found


def process(one):
    found = owners(one["name"])
    if not found:
        return "does not run"
    if one.get("user") and one["user"] not in found:
        return f"runs as {', '.join(sorted(found))}"
    return None


def docker(name, seconds):
    """State of a container; None when there is none."""
    done = subprocess.run(["docker", "inspect", "--type", "container", "--format", "{{json .State}}", name],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if words and "no such" in words[-1].lower():
            return None
        raise OSError(words[-1] if words else "docker does not answer")
    return json.loads(done.stdout)


def container_health(one):
    state = docker(one["container"], one["seconds"])
    if state is None:
        return "is not there"
    health = (state.get("Health") or {}).get("Status", "healthy")
    if state["Status"] != "running":
        return f"is {state['Status']}"
    return None if health == "healthy" else f"is {health}"


def absent(one):
    name = one["name"]
    if one["what"] == "path":
        return "is there" if os.path.lexists(name) else None
    if one["what"] == "process":
        return "runs" if owners(name) else None
    if one["what"] == "unit":
        done = subprocess.run(["systemctl", "is-active", "--", name], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=one["seconds"], check=False)
        state = done.stdout.decode().strip()
        return f"is {state}" if state in ("active", "activating", "reloading") else None
    return "is there" if docker(name, one["seconds"]) is not None else None


KINDS = {"command": command, "file": file, "process": process, "container_health": container_health, "absent": absent}


def answer(one):
    try:
        trouble = KINDS[one["kind"]](one)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        trouble = f"could not be asked: {error}"
    return {"ok": trouble is None, "detail": trouble or "as it has to be"}


if __name__ == "__main__":
    print(json.dumps([answer(one) for one in json.loads(sys.argv[1])]))
