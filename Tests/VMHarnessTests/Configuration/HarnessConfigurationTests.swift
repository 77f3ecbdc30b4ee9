import Foundation
import XCTest

@testable import VMHarness

final class HarnessConfigurationTests: XCTestCase {
    private let root = URL(filePath: "/repository")

    func testWrongValuesNameVariableValueAndFix() {
        let wrong = [
            "BOMA_IT_SUBNET": "8.8.8", "BOMA_IT_IMAGE_SOURCE": "web", "BOMA_IT_RAM_RESERVE_MIB": "-1",
            "BOMA_IT_DISK_RESERVE_MIB": "lots", "BOMA_IT_ACCEL": "hvf", "BOMA_IT_TIME_FACTOR": "0",
            "BOMA_IT_REQUIRE": "yes", "BOMA_IT_CERTS": "le-prod",
        ]
        for (name, value) in wrong {
            XCTAssertThrowsError(try HarnessConfiguration(environment: [name: value], packageRoot: root)) {
                XCTAssertTrue("\($0)".contains("\(name) is '\(value)'; set it to"), "\($0)")
            }
        }
    }

    func testAnotherRepositoryBringsItsOwnVaultPassword() throws {
        let own = try HarnessConfiguration(environment: [:], packageRoot: root)
        XCTAssertEqual(own.repository.vaultPasswordFile?.path, "/repository/ansible/vault-password.example")
        let other = try HarnessConfiguration(
            environment: ["BOMA_IT_ANSIBLE_ROOT": "/lab", "BOMA_IT_INVENTORY": "inv"], packageRoot: root)
        XCTAssertNil(other.repository.vaultPasswordFile)
        XCTAssertEqual(other.repository.inventory?.path, "/lab/inv")
    }

    func testCertTiersAreNamedAsInTheEnvironmentAndTheOneThatCanNotRunSaysWhy() throws {
        XCTAssertEqual(try HarnessConfiguration(environment: [:], packageRoot: root).certificates.tier, .internal)
        let staging = try HarnessConfiguration(environment: ["BOMA_IT_CERTS": "le-staging"], packageRoot: root)
        XCTAssertEqual(staging.certificates.tier, .leStaging)
        let folder = try temporaryFolder()
        for tier in CertTier.allCases {
            let told = tier.obstacle(path: folder.path, choice: .pebble)
            XCTAssertEqual(told?.contains("no program pebble"), tier == .internal ? nil : true, "\(tier)")
            XCTAssertNil(tier.obstacle(path: folder.path), "Let's Encrypt needs no program here: \(tier)")
        }
        XCTAssertNil(CertTier.leStaging.obstacle(path: folder.path, choice: .directory("https://ca.lab/dir")))
        try FileManager.default.copyItem(
            at: URL(filePath: "/bin/true"), to: folder.appending(path: "pebble"))
        XCTAssertNil(CertTier.leProdWildcard.obstacle(path: folder.path, choice: .pebble))
    }

    func testToolsGetNothingOfTheUsersSettings() throws {
        let configuration = try HarnessConfiguration(
            environment: [
                "PATH": "/bin", "SSH_AUTH_SOCK": "/x", "ANSIBLE_HOST_PATTERN_MISMATCH": "ignore", "LANG": "sw",
            ],
            packageRoot: root)
        XCTAssertEqual(configuration.toolEnvironment, ["PATH": "/bin", "LC_ALL": "C.UTF-8"])
    }
}
