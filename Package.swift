// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "boma-it",
    products: [
        .library(name: "VMHarness", targets: ["VMHarness"]),
        .executable(name: "boma-it", targets: ["boma-it"]),
    ],
    targets: [
        // Resources are compiled in, so that the executable is one file that can be copied anywhere.
        .target(
            name: "VMHarness",
            resources: [
                .embedInCode("Resources/image/build-debian-image.sh"),
                .embedInCode("Resources/controller/boma_it_variables.py"),
                .embedInCode("Resources/controller/boma_it_events.py"),
                .embedInCode("Resources/controller/listen_isolation.py"),
                .embedInCode("Resources/controller/ask_dns.py"),
                .embedInCode("Resources/guest/observe.py"),
                .embedInCode("Resources/guest/own_checks.py"),
                .embedInCode("Resources/guest/probe_isolation.py"),
                .embedInCode("Resources/guest/renew-identity.sh"),
                .embedInCode("Resources/guest/state/common.py"),
                .embedInCode("Resources/guest/state/containers.py"),
                .embedInCode("Resources/guest/state/files.py"),
                .embedInCode("Resources/guest/state/firewall.py"),
                .embedInCode("Resources/guest/state/kernel.py"),
                .embedInCode("Resources/guest/state/lasting.py"),
                .embedInCode("Resources/guest/state/lasting_network.py"),
                .embedInCode("Resources/guest/state/main.py"),
                .embedInCode("Resources/guest/state/mounts.py"),
                .embedInCode("Resources/guest/state/network.py"),
                .embedInCode("Resources/guest/state/runtime.py"),
                .embedInCode("Resources/guest/state/units.py"),
                .embedInCode("Resources/guest/state/users.py"),
            ]
        ),
        .executableTarget(name: "boma-it", dependencies: ["VMHarness"]),
        .executableTarget(name: "boma-it-bench", dependencies: ["VMHarness"]),
        .testTarget(name: "VMHarnessTests", dependencies: ["VMHarness", "boma-it-bench"]),
        .testTarget(name: "CommandLineTests", dependencies: ["boma-it", "VMHarness"]),
        .testTarget(name: "IntegrationTests", dependencies: ["VMHarness"]),
    ],
    swiftLanguageModes: [.v6]
)
