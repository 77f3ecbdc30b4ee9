import Foundation

/// What becomes of layers and of the machines that they are made of when something fails.
enum LayerHandling {
    /// Restores from a layer. One that can't be restored is doubted, or removed when it is known to be bad; what is not the
    /// layer's fault leaves it as it was.
    ///
    /// - Returns: what was restored; `nil` when it has to be booted instead.
    /// - Throws: `CancellationError`, or what kept a bad layer from being removed.
    static func restore<Value: Sendable>(
        from layer: Layer, in store: LayerStore, say: (String) -> Void, _ work: () async throws -> Value
    ) async throws -> Value? {
        do {
            let value = try await work()
            store.trust(layer)
            return value
        } catch let fault as LayerFault {
            say("warm start: failed: \(fault)")
            if fault.isCertain {
                try store.discard(layer, because: "could not be restored")
            } else {
                try store.doubt(layer, because: "could not be restored")
            }
        } catch let error where !(error is CancellationError) {
            say("warm start: not possible now: \(error)")
        }
        return nil
    }

    /// Makes a layer of a machine, which is ended when that fails, wherever it does.
    ///
    /// - Parameters:
    ///   - draft: makes the folder that `work` fills and takes into the store.
    ///   - end: ends the machine; may find it ended.
    static func make<Value: Sendable>(
        in draft: () throws -> URL, _ work: (URL) async throws -> Value, orEnd end: () async -> Void
    ) async throws -> Value {
        do {
            let folder = try draft()
            do {
                return try await work(folder)
            } catch {
                try? FileManager.default.removeItem(at: folder)
                throw error
            }
        } catch {
            await end()
            throw error
        }
    }
}
