/// Finds the machine that a person means.
public enum MachineChoice {
    /// The newest machine that fits: by its whole name, by the host that it is, or by the end of its name.
    ///
    /// - Parameter name: what was said; `nil` for the newest of all.
    /// - Throws: ``HarnessTrouble`` when none fits, or when an ending fits several.
    public static func find(_ name: String?, among machines: [MachineRecord]) throws -> MachineRecord {
        let inOrder = machines.sorted { $0.created < $1.created }
        guard let name else {
            guard let newest = inOrder.last else {
                throw HarnessTrouble("machine", why: "there is none", fix: "boma-it up HOST makes one")
            }
            return newest
        }
        if let exact = inOrder.last(where: { $0.name == name }) { return exact }
        if let subject = inOrder.last(where: { $0.subject == name }) { return subject }
        let ending = inOrder.filter { !name.isEmpty && $0.name.hasSuffix(name) }
        if ending.count == 1 { return ending[0] }
        let known = inOrder.map(\.name).joined(separator: ", ")
        throw HarnessTrouble(
            "machine '\(printable(name))'", why: ending.isEmpty ? "there is none" : "several names end so",
            fix: known.isEmpty ? "boma-it up HOST makes one" : "choose one of \(known)")
    }
}
