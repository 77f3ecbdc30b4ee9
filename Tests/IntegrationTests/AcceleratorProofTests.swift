import VMHarness
import XCTest

/// The proof of KVM can succeed: the same domain, run by emulation, which works everywhere, says its word.
final class AcceleratorProofTests: SubjectTestCase {
    func testTheProofSucceedsWhereDomainsRun() async throws {
        let run = try await startRun()
        let runner = try SystemCommandRunner(
            logs: try run.directory.folder(for: "AcceleratorProofTests"),
            environment: run.configuration.toolEnvironment)
        let proof = AcceleratorProof(
            virsh: Virsh(runner: runner, uri: run.configuration.host.libvirtURI), cache: run.configuration.cache,
            say: run.log.say)
        let emulated = try await proof.runs(type: "qemu", cpu: "maximum")
        XCTAssertTrue(emulated, "the proof fails even where domains run: KVM would never be used")
        let impossible = try await proof.runs(type: "no-such-type", cpu: "maximum")
        XCTAssertFalse(impossible)
    }
}
