import Foundation

/// Brings a machine to where a test starts: from the nearest layer that fits, making the layers that are missing.
///
/// golden image → `packages` (disk) → `booted` (disk and memory) → `converged-…` (disk and memory) → overlay.
struct Stages {
    let run: Run
    let store: LayerStore

    private var profile: Profile { run.profile }

    /// The subject for a test. What can't be restored is booted instead; the log says why.
    func subject(for test: String, from start: Start) async throws -> Subject {
        guard start != .cold, run.configuration.layers.areWarm else { return try await boot(test, to: start) }
        if case .converged(let scenario) = start, profile.layer?.notFor?.contains(scenario) == true {
            run.log.say("layer '\(start.stage)': not kept: its play makes secrets (layer.not_for of the profile)")
            let subject = try await self.subject(for: test, from: .booted)
            try await converge(subject, scenario)
            return subject
        }
        guard let layer = try await warmLayer(start) else { return try await boot(test, to: start) }
        return try await restore(test, from: layer, otherwise: start)
    }

    private func restore(_ name: String, from layer: Layer, otherwise start: Start) async throws -> Subject {
        let restored = try await LayerHandling.restore(from: layer, in: store, say: run.log.say) {
            try await run.restore(name, from: layer)
        }
        if let restored { return restored }
        return try await boot(name, to: start)
    }

    /// Without memory: booted over the packages, and converged when that is asked for.
    private func boot(_ name: String, to start: Start, forLayer: Bool = false) async throws -> Subject {
        let backing = start == .cold ? run.image.file : try await packages()?.disk ?? run.image.file
        let subject = try await run.boot(name, over: backing, forLayer: forLayer)
        if case .converged(let scenario) = start { try await converge(subject, scenario) }
        return subject
    }

    private func converge(_ subject: Subject, _ scenario: String) async throws {
        do {
            try await subject.bringStandIns(for: scenario, isBare: try await packages() == nil)
            _ = try await subject.play().run("converge", variables: try profile.scenario(scenario))
        } catch {
            await subject.end(.couldNotTell(Trouble(error)))
            throw error
        }
    }

    // MARK: - Layers

    /// Whether a layer with the converged machine is there, so that it costs no run of the playbook; makes none.
    func isKept(_ scenario: String) async throws -> Bool {
        guard run.configuration.layers.areUsed, run.configuration.layers.areWarm,
            profile.layer?.notFor?.contains(scenario) != true
        else { return false }
        let kept = Set(store.all().map(\.record.key))
        var parent = ""
        if let tags = profile.layer?.tags { parent = try await packagesKey(tags).hash }
        guard parent.isEmpty || kept.contains(parent) else { return false }
        for start in [Start.booted, .converged(scenario)] {
            parent = try await warmKey(start, over: parent).hash
            guard kept.contains(parent) else { return false }
        }
        return true
    }

    private func packagesKey(_ tags: [String]) async throws -> LayerKey {
        try await run.sources.layerKey(
            "packages",
            texts: run.facts.filter { ["golden image", "harness"].contains($0.key) }.merging(
                ["tags": tags.joined(separator: ",")]) { $1 })
    }

    private func warmKey(_ start: Start, over parent: String) async throws -> LayerKey {
        var texts = run.facts
        if case .converged(let name) = start {
            texts["scenario"] = JSONValue.object(try profile.scenario(name)).json
            let standIns = StandIns(profile, configuration: run.configuration)
            if !standIns.needed(in: name).isEmpty {
                texts["stand-ins"] = try await standIns.fingerprint(of: name, runner: run.session.runner)
            }
        }
        texts["parent"] = parent
        return try await run.sources.layerKey(start.stage, texts: texts)
    }

    /// The disk with what the profile's tags install; `nil` when there are to be no layers.
    private func packages() async throws -> Layer? {
        guard run.configuration.layers.areUsed, let tags = profile.layer?.tags else { return nil }
        return try await layer({ try await packagesKey(tags) }, over: nil) {
            let subject = try await run.boot("layer-packages", over: run.image.file)
            do {
                _ = try await subject.play().run("packages", tags: tags)
            } catch {
                await subject.end(.couldNotTell(Trouble(error)))
                throw error
            }
            return subject
        } save: { subject, draft in
            let overlay = try await subject.machine.seal()
            try FileManager.default.moveItem(at: overlay, to: Layer.disk(in: draft))
            await subject.machine.destroy()
        }
    }

    /// The layer with the memory of a guest that is where a test starts; `nil` when none can be made here.
    private func warmLayer(_ start: Start) async throws -> Layer? {
        let parent: Layer?
        if case .converged = start {
            guard let booted = try await warmLayer(.booted) else { return nil }
            parent = booted
        } else {
            parent = try await packages()
        }
        return try await layer({ try await warmKey(start, over: parent?.record.key ?? "") }, over: parent) {
            guard case .converged(let name) = start, let parent else {
                return try await run.boot(
                    "layer-\(start.stage)", over: parent?.disk ?? run.image.file, forLayer: true)
            }
            let subject = try await restore("layer-\(start.stage)", from: parent, otherwise: .booted)
            try await converge(subject, name)
            return subject
        } save: { subject, draft in
            try await subject.machine.save(into: draft)
        }
    }

    /// The layer of a key, made when the store has none. The repository may change while one is being made; what came
    /// out then fits neither the old key nor the new one, and is thrown away.
    private func layer(
        _ key: () async throws -> LayerKey, over parent: Layer?, make: () async throws -> Subject,
        save: (Subject, URL) async throws -> Void
    ) async throws -> Layer? {
        let wanted = try await key()
        let configuration = run.configuration
        let isInUse: (URL) -> Bool = { disk in
            MachineRecord.all(in: MachineBuilder.machines(in: configuration)).contains { $0.backing == disk.path }
        }
        if let layer = try await store.layer(wanted, isInUse: isInUse) { return layer }
        run.log.say("layer '\(wanted.stage)': making it")
        let subject = try await run.session.timed(.layer, "making layer '\(wanted.stage)'") { try await make() }
        do {
            return try await LayerHandling.make(in: store.draft) { draft in
                try await save(subject, draft)
                guard try await key() == wanted else {
                    throw HarnessTrouble(
                        "layer '\(wanted.stage)'", why: "the repository changed while it was made", fix: "nothing to do"
                    )
                }
                return try await store.adopt(
                    draft, as: wanted, over: parent, readableBy: run.qemuUser, isInUse: isInUse)
            } orEnd: {
                await subject.machine.destroy()
            }
        } catch let error where !(error is CancellationError) {
            run.log.say("layer '\(wanted.stage)': not made, going on without it: \(error)")
            return nil
        }
    }
}
