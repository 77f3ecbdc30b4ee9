import Foundation

/// Words, times and sizes as the pages show them.
enum PageText {
    /// `2026-06-17 09:30:05 UTC`, marked up as a time.
    static func time(_ date: Date) -> String {
        let text = date.formatted(.iso8601)
        let words = text.replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: " UTC")
        return "<time datetime=\"\(text)\">\(words)</time>"
    }

    /// A duration for people; never traps, whatever a file claims.
    static func duration(_ seconds: Double) -> String {
        let sane = seconds.isFinite ? min(max(seconds, 0), 1e7) : 0
        return Duration.seconds(sane).forPeople
    }

    /// Time since the start: `3:05`, or `1:02:03` from an hour on.
    static func clock(_ seconds: Double) -> String {
        let whole = seconds.isFinite ? Int(min(max(seconds, 0), 1e7).rounded()) : 0
        let tail = String(format: "%02d", whole % 60)
        return whole < 3600
            ? "\(whole / 60):\(tail)" : "\(whole / 3600):\(String(format: "%02d", whole / 60 % 60)):\(tail)"
    }

    /// `812 B`, `12 kB`, `3.4 MB`.
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1000: "\(max(0, bytes)) B"
        case ..<1_000_000: "\(bytes / 1000) kB"
        default: String(format: "%.1f MB", Double(bytes) / 1e6)
        }
    }

    /// `testWithTheFixItSurvives` as `With the fix it survives`; anything else as it is.
    static func title(ofTest name: String) -> String {
        guard name.hasPrefix("test"), name.count > 4, name.utf8.allSatisfy({ $0 < 0x80 }), !name.contains("_") else {
            return name
        }
        var words = ""
        var isAfterLower = false
        for character in name.dropFirst(4) {
            if isAfterLower, character.isUppercase {
                words += " " + character.lowercased()
            } else {
                words.append(character)
            }
            isAfterLower = !character.isUppercase
        }
        return words
    }

    /// The verdict in words, as the badge shows it.
    static func badge(_ word: Verdict.Word) -> String {
        switch word {
        case .survives: "Survives"
        case .doesNotSurvive: "Does not survive"
        case .couldNotTell: "Could not tell"
        }
    }

    /// The same of a run: one that asked nothing has no verdict.
    static func badge(_ verdict: RunVerdict) -> String {
        verdict.asksNothing ? "Asked nothing" : badge(verdict.verdict.word)
    }

    /// The class that colours a run.
    static func style(_ verdict: RunVerdict) -> String {
        verdict.asksNothing ? "none" : style(verdict.verdict.word)
    }

    /// The class that colours a verdict.
    static func style(_ word: Verdict.Word) -> String {
        switch word {
        case .survives: "good"
        case .doesNotSurvive: "bad"
        case .couldNotTell: "unclear"
        }
    }

    /// `2 passed, 1 failed`.
    static func counts(_ verdict: RunVerdict) -> String {
        let parts = [(verdict.failed, "failed"), (verdict.passed, "passed"), (verdict.skipped, "skipped")]
        let words = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return words.isEmpty ? "no test yet" : words.joined(separator: ", ")
    }

    /// A whole page around a body. The policy keeps even a mistake in escaping from running or loading anything.
    static func page(title: String, body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>\(Markup.escape(lineForPeople(title, limit: 200)))</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }
}
