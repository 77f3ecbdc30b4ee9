/// The network card in a domain's definition, which bears the filter.
enum DomainCard {
    /// The definition of the one network card in a domain's, with its filter.
    static func xml(in xml: String, named name: String) throws -> String {
        let cards = xml.matches(of: /<interface [\s\S]*?<\/interface>/).map { String($0.output) }
        guard cards.count == 1, let card = cards.first, card.contains("<filterref ") else {
            throw HarnessTrouble(
                "machine \(name)", why: "has \(cards.count) network cards, or one without boma-it's filter",
                fix: "boma-it clean \(name); the next run makes it anew")
        }
        return card
    }
}
