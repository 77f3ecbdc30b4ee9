import Foundation

extension TimelineSpan {
    /// Plays and tasks of a playbook run with their durations, from the events that our callback wrote.
    ///
    /// Lines that can't be read are passed over: an events file of a run that was killed ends in half a line.
    /// - Parameters:
    ///   - events: text of the events file.
    ///   - ended: when Ansible ended, for what was still going on.
    public static func spans(ansibleEvents events: String, ended: Date? = nil) -> [TimelineSpan] {
        var reader = AnsibleSpanReader()
        let decoder = JSONDecoder()
        for line in events.split(whereSeparator: \.isNewline) {
            guard let event = try? decoder.decode(AnsibleSpanReader.Event.self, from: Data(line.utf8)),
                event.time.isFinite, abs(event.time) < 1e11
            else { continue }
            reader.read(event)
        }
        return reader.finish(at: ended)
    }
}

/// Turns Ansible's events into spans, one event at a time.
private struct AnsibleSpanReader {
    struct Event: Decodable {
        let event: String
        let time: Double
        var name: String?
        var changed: Bool?
        var ignored: Bool?
    }

    private var spans: [TimelineSpan] = []
    private var play: Int?
    private var task: Int?

    mutating func read(_ event: Event) {
        let time = Date(timeIntervalSince1970: event.time)
        switch event.event {
        case "play":
            closePlay(at: time)
            play = open(.play, event.name, at: time)
        case "task":
            closeTask(at: time)
            task = open(.task, event.name, at: time)
        case "stats":
            closePlay(at: time)
        case "ok": note(event.changed == true ? "changed" : "ok", at: time)
        case "skipped": note("skipped", at: time)
        case "failed" where event.ignored == true: note("failed, ignored", at: time)
        case "failed", "unreachable":
            note(event.event, at: time)
            for index in [task, play].compactMap({ $0 }) { spans[index].ok = false }
        default: break
        }
    }

    mutating func finish(at end: Date?) -> [TimelineSpan] {
        // A task without an end and without a result is the one that hung.
        if let task, spans[task].detail == nil {
            spans[task].detail = "no result"
            spans[task].ok = false
            if let play { spans[play].ok = false }
        }
        if let end {
            closePlay(at: end)
        }
        return spans
    }

    private mutating func open(_ kind: TimelineSpan.Kind, _ name: String?, at time: Date) -> Int {
        spans.append(TimelineSpan(kind, name ?? "?", start: time, end: nil).bounded())
        return spans.count - 1
    }

    /// Ansible says when a task begins but not when it ends: it ends with its last result, or with what follows it.
    private mutating func note(_ result: String, at time: Date) {
        guard let task else { return }
        spans[task].end = time
        spans[task].detail = result
    }

    private mutating func closeTask(at time: Date) {
        if let task, spans[task].end == nil { spans[task].end = time }
        task = nil
    }

    private mutating func closePlay(at time: Date) {
        closeTask(at: time)
        if let play { spans[play].end = time }
        play = nil
    }
}
