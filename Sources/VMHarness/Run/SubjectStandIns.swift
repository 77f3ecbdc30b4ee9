extension Subject {
    /// Brings what a scenario needs and can't be had offline; does nothing for a scenario without stand-ins.
    ///
    /// - Parameters:
    ///   - scenario: name of the scenario; its playbook is to run afterwards.
    ///   - isBare: whether what the profile's `layer.tags` install is still missing; it is what stand-ins are loaded into.
    public func bringStandIns(for scenario: String, isBare: Bool) async throws {
        let standIns = StandIns(run.profile, configuration: run.configuration)
        guard !standIns.needed(in: scenario).isEmpty else { return }
        if isBare, let tags = run.profile.layer?.tags {
            _ = try await play().run("packages", tags: tags)
        }
        try await standIns.install(on: machine, runner: runner, scenario: scenario, say: run.log.say)
        try await run.reportStandIns(of: scenario)
    }
}

extension Run {
    /// Lists a scenario's stand-ins in the report, those whose real image was supplied excepted.
    func reportStandIns(of scenario: String) async throws {
        let used = try await StandIns(profile, configuration: configuration).lines(for: scenario, runner: runner)
        report.describe { facts in used.forEach { facts.note(standIn: $0) } }
    }
}
