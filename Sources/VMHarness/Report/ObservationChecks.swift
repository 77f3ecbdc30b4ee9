extension Observation {
    /// The observation as single checks, for a report.
    ///
    /// - Parameter moment: when it was made.
    public func checks(_ moment: String) -> [CheckReport] {
        var all: [CheckReport] = []
        func add(_ name: String, _ expected: String, _ answer: Answer?) {
            all.append(
                CheckReport(
                    name, moment: moment, expected: expected, observed: answer?.detail ?? "not asked",
                    ok: answer?.ok == true))
        }
        for service in profile.published {
            let expected = service.body.map { "answers with '\($0)'" } ?? "answers"
            add("\(service.container) on port \(service.port), from outside", expected, outside[service.port])
            add("\(service.container) on localhost:\(service.port)", "answers", inside.answers["\(service.port)"])
        }
        for port in otherPorts { add("port \(port), from outside", "answers", outside[port]) }
        for unit in profile.units ?? [] {
            let state = inside.units?[unit] ?? "not known"
            all.append(
                CheckReport("unit \(unit)", moment: moment, expected: "active", observed: state, ok: state == "active"))
        }
        for container in missingContainers {
            all.append(
                CheckReport(
                    "container \(container)", moment: moment, expected: "running", observed: "not there", ok: false))
        }
        for container in profile.egress.containers {
            add("egress from inside container \(container)", "reaches out", inside.containerEgress[container])
        }
        add("egress of the host", "reaches out", inside.hostEgress)
        let units = inside.failedUnits.isEmpty ? "" : ", failed: \(inside.failedUnits.joined(separator: " "))"
        all.append(
            CheckReport(
                "systemd", moment: moment, expected: "running", observed: inside.systemState + units, ok: isGreen))
        for mount in inside.full ?? [] {
            all.append(
                CheckReport("file system \(mount)", moment: moment, expected: "has room", observed: "full", ok: false))
        }
        for container in inside.containers {
            all.append(
                CheckReport(
                    "container \(container.name)", moment: moment, expected: "running", observed: container.status,
                    ok: container.status == "running"))
        }
        return all
    }
}
