# The document as a whole.

def clean(text, limit=TEXT):
    """Text that JSON can carry, whose end still shows in a digest when it is cut."""
    text = str(text).encode("utf-8", "replace").decode()
    return text if len(text) <= limit else f"{text[: limit - 30]}… sha256:{digest(text.encode())}"


def bounded(facts):
    if len(facts) > FACTS:
        raise Unknown(f"more than {FACTS} facts")
    facts = {clean(key, 400): clean(value) for key, value in facts.items()}
    if len(json.dumps(facts)) > PART_SIZE:
        raise Unknown(f"more than {PART_SIZE} bytes")
    return facts


def take(parts, seconds, later_parts={}):
    """Runs all parts at once, then those that need what the others say; one that hangs is left behind."""
    answers, start = {}, time.monotonic()

    def work(name, function):
        try:
            answer = {"facts": bounded(function())}
        except Absent as why:
            answer = {"absent": clean(why, 300)}
        except Unknown as why:
            answer = {"unavailable": clean(why, 300)}
        except Exception as error:  # whatever it is, the other parts still count
            answer = {"unavailable": clean(f"{type(error).__name__}: {error}", 300)}
        answers[name] = {**answer, "seconds": round(time.monotonic() - start, 2)}

    def together(functions):
        threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in functions.items()]
        end = time.monotonic() + seconds + 1
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))

    together(parts)
    known = {name: answer["facts"] for name, answer in answers.items() if "facts" in answer}
    together({name: functools.partial(function, known) for name, function in later_parts.items()})
    late = {"unavailable": f"took more than {seconds:.0f} s"}
    seen = {name: answers.get(name, late) for name in [*parts, *later_parts]}
    while len(json.dumps(seen)) > DOCUMENT_SIZE:
        largest = max(seen, key=lambda name: len(json.dumps(seen[name])))
        seen[largest] = {"unavailable": "too much for one document"}
    return {"parts": seen}


def main():
    global SECONDS
    SECONDS = float(json.loads(sys.argv[1])["seconds"]) if len(sys.argv) > 1 else SECONDS
    # On a live host nothing is read that foresee does not need: what the journal says, digests of files and keys.
    live = () if len(sys.argv) > 1 else ("reasons", "etc", "host_keys", "packages", "dns", "restarts")
    parts = {name: function for name, function in PARTS.items() if name not in live}
    print(json.dumps(take(parts, SECONDS, LATER)), flush=True)
    os._exit(0)  # not waiting for what hangs


if __name__ == "__main__":
    main()
