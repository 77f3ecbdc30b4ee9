extension Subject {
    /// Brings what a scenario needs and can't be had offline; does nothing for a scenario without stand-ins.
    ///
    /// - Parameters:
    ///   - scenario: name of the scenario; its playbook is to run afterwards.
    ///   - isBare: whether what the profile's `layer.tags` install is still missing; it is what stand-ins are loaded into.
    public func bringStandIns(for scenario: String, isBare: Bool) async throws {
        let standIns = StandIns(profile, configuration: session.configuration)
        guard !standIns.needed(in: scenario).isEmpty else { return }
        if isBare, let tags = profile.layer?.tags {
            _ = try await play().run("packages", tags: tags)
        }
        try await standIns.install(on: machine, runner: runner, scenario: scenario, say: log.say)
        try await session.reportStandIns(of: scenario)
    }
}

extension Session {
    /// Lists a scenario's stand-ins in the report, those whose real image was supplied excepted.
    func reportStandIns(of scenario: String) async throws {
        let used = try await StandIns(profile, configuration: configuration).lines(for: scenario, runner: runner)
        report.describe { facts in used.forEach { facts.note(standIn: $0) } }
    }
}
