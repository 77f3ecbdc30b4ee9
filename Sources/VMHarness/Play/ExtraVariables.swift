import Foundation

extension HarnessConfiguration {
    /// The variables of `BOMA_IT_EXTRA_VARS`; empty when it is not set.
    ///
    /// - Throws: ``ConfigurationError`` when it is no JSON object.
    func parsedExtraVariables() throws -> [String: JSONValue] {
        guard let text = repository.extraVariables else { return [:] }
        guard let variables = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text.utf8)) else {
            throw ConfigurationError(
                variable: "BOMA_IT_EXTRA_VARS", value: text, expected: "a JSON object, such as {\"name\": true}")
        }
        return variables
    }
}
