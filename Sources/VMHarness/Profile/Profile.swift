import Foundation

/// What it takes to be a subject: the data of `profiles/<name>.yml`.
public struct Profile: Codable, Sendable, Equatable {
    /// Inventory name of the host.
    public var subject: String
    /// Playbook, relative to the Ansible repository.
    public var playbook: String
    /// Size of the virtual machine; a usual one when left out.
    public var machine: Size?
    /// What must answer from outside the machine.
    public var published: [PublishedService]
    /// Where egress is asked.
    public var egress: Egress
    /// TCP ports that must accept a connection from outside, beside those of `published`.
    public var ports: [Int]?
    /// TCP ports that must not answer from outside after a reboot, though they may before: a firewall that a play only
    /// enables is loaded at the next boot.
    public var closed: [Int]?
    /// systemd units that must be active.
    public var units: [String]?
    /// Containers that must be there and run, by name; any other container must run, too, if it is there.
    public var containers: [String]?
    /// What a layer is made with; no layers are made when left out.
    public var layer: Layer?
    /// Which variables carry endpoints, and which real ones must not be among them; not checked when left out.
    public var endpoints: Endpoints?
    /// How the playbook gets a certificate, for the cert tiers beside `internal`; those can't be had when left out.
    public var certificates: Certificates?
    /// Variables whose values have to come from the vault, such as the token for a DNS.
    public var vaulted: [String]?
    /// Named sets of variables, such as `without_fix`.
    public var scenarios: [String: [String: JSONValue]]?
    /// What takes the place of something that can't be had offline.
    public var standIns: [StandIn]?
    /// What a second run of the playbook has to be. When left out, it depends: `reported` if the same tasks also change
    /// something at a second run before any reboot, else `required`.
    public var idempotence: Idempotence?
    /// Units that may be failed after the reboot.
    public var allowedFailedUnits: [AllowedUnit]?
    /// Containers that may have ended after the reboot.
    public var allowedExitedContainers: [AllowedContainer]?
    /// Playbooks that only ask, run before the reboot and after it.
    public var verify: [String]?
    /// What must hold before the reboot and after it, as the user says.
    public var checks: Checks?
    /// Losses that don't count.
    public var ignore: [Ignored]?

    enum CodingKeys: String, CodingKey {
        case subject, playbook, machine, published, egress, ports, closed, units, containers, endpoints, layer
        case scenarios, certificates, vaulted, idempotence, ignore, checks, verify
        case standIns = "stand_ins"
        case allowedFailedUnits = "allowed_failed_units"
        case allowedExitedContainers = "allowed_exited_containers"
    }

    /// Size of the virtual machine.
    public struct Size: Codable, Sendable, Equatable {
        /// Virtual CPUs.
        public var vcpus: Int = 2
        /// Memory in MiB.
        public var memoryMiB: Int = 3072
        /// Size of the disk in GiB; it takes up only what is written.
        public var diskGiB: Int = 20
        /// Login name; has passwordless sudo.
        public var user: String = "debian"

        /// 2 CPUs, 3 GiB, 20 GiB, user `debian`.
        public init() {}

        /// Decodes a size; what is left out has its usual value.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            vcpus = try container.decodeIfPresent(Int.self, forKey: .vcpus) ?? 2
            memoryMiB = try container.decodeIfPresent(Int.self, forKey: .memoryMiB) ?? 3072
            diskGiB = try container.decodeIfPresent(Int.self, forKey: .diskGiB) ?? 20
            user = try container.decodeIfPresent(String.self, forKey: .user) ?? "debian"
        }

        enum CodingKeys: String, CodingKey {
            case vcpus
            case memoryMiB = "memory_mib"
            case diskGiB = "disk_gib"
            case user
        }
    }

    /// A service that a container publishes over HTTP.
    public struct PublishedService: Codable, Sendable, Equatable {
        /// Name of its container.
        public var container: String
        /// Published TCP port.
        public var port: Int
        /// Path that is asked.
        public var path: String
        /// Text that the answer must contain; any answer counts when left out.
        public var body: String?
    }

    /// Safety invariant 2: what must lead to the machine itself.
    public struct Endpoints: Codable, Sendable, Equatable {
        /// Variables that carry an endpoint: each has to have a value.
        public var variables: [String]
        /// Host names of the real endpoints; no variable may carry one, or a name below one.
        public var forbidden: [String]
    }

    /// The part of the playbook that a layer is made with.
    public struct Layer: Codable, Sendable, Equatable {
        /// Tags of that part: what every scenario needs and none is about.
        public var tags: [String]
        /// Scenarios of which no converged machine is kept, since its play makes secrets, such as a setup key: a layer would
        /// hold them on disk, in freed blocks and memory, too. Their machines converge anew from `booted`.
        public var notFor: [String]?

        enum CodingKeys: String, CodingKey {
            case tags
            case notFor = "not_for"
        }
    }

    /// Where egress is asked.
    public struct Egress: Codable, Sendable, Equatable {
        /// Containers from whose network it is asked.
        public var containers: [String]
        /// What is asked for; the subject's first package source when left out.
        public var url: String?
    }

    /// The size, or the usual one.
    public var size: Size { machine ?? Size() }

    /// The variables of a scenario.
    ///
    /// - Throws: ``HarnessTrouble`` naming the missing key.
    public func scenario(_ name: String) throws -> [String: JSONValue] {
        guard let variables = scenarios?[name] else {
            throw HarnessTrouble(
                "profile \(subject)", why: "has no key scenarios.\(name)",
                fix: "add the variables of that scenario to profiles/\(subject).yml")
        }
        return variables
    }
}
