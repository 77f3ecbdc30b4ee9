/// Who is told what a task and its children are waiting for.
enum WaitObserver {
    /// Gets the requirement and what was last seen; `nil` as the latter when the wait is over.
    @TaskLocal static var current: (@Sendable (_ requirement: String, _ seen: String?) -> Void)?
}
