"""The subject's state as one JSON document of facts: {"parts": {PART: {"facts": {KEY: VALUE}}}}.

Reads {"seconds": LIMIT OF A PART} from argv[1]. A part that fails or takes too long says {"unavailable": WHY} instead, so
that nobody takes its silence for "nothing there". Left out is what differs between two healthy boots: process ids,
counters, times, random interface names, whatever comes and goes on demand. A process costs a second in an emulated
guest, so what the kernel or a file tells is not asked from a tool.
"""

import fnmatch
import functools
import glob
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

FACTS, TEXT, PART_SIZE, DOCUMENT_SIZE = 6000, 4000, 300_000, 900_000
SECONDS = 20.0


class Unknown(Exception):
    """Why a part can't be told."""


class Absent(Unknown):
    """There is no such thing on this host, so there is nothing to tell."""


@functools.lru_cache(maxsize=None)  # a process costs a second there
def run(*argv):
    environment = {"LC_ALL": "C", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, env=environment, check=False
        )
    except FileNotFoundError:
        raise Absent(f"{argv[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unknown(f"{argv[0]} took more than {SECONDS:.0f} s") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
        raise Unknown(f"{argv[0]}: {words[-1]}")
    return done.stdout.decode("utf-8", "replace")


def read(path, limit=8_000_000):
    with open(path, "rb") as file:
        return file.read(limit).decode("utf-8", "replace")


def names_in(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def digest(data):
    return hashlib.sha256(data).hexdigest()[:12]


PARTS, LATER = {}, {}


def part(function):
    """Makes a function's answer a part of the document, by the function's name."""
    PARTS[function.__name__] = function
    return function


def later(function):
    """The same for a function that is told the facts of the others, by their names."""
    LATER[function.__name__] = function
    return function
