/// The facts of one part, before and after, in an order that depends on nothing but their names.
struct FactDifference {
    /// The facts before.
    let before: [String: String]
    /// The facts after.
    let after: [String: String]

    /// Facts that are gone.
    var lost: [(key: String, value: String)] {
        before.filter { after[$0.key] == nil }.sorted { $0.key < $1.key }
    }

    /// Facts that were not there.
    var new: [(key: String, value: String)] {
        after.filter { before[$0.key] == nil }.sorted { $0.key < $1.key }
    }

    /// Facts with another value.
    var changed: [(key: String, old: String, new: String)] {
        before.compactMap { key, old in
            after[key].flatMap { $0 == old ? nil : (key: key, old: old, new: $0) }
        }.sorted { $0.key < $1.key }
    }
}
