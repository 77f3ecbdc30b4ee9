import Foundation

/// The program that reads a guest's state: the files of `Resources/guest/state`, one after another, as one text.
public enum GuestProgram {
    /// Its text. The first file has what the others use, the last one begins.
    public static var text: String {
        let files = [
            PackageResources.common_py, PackageResources.units_py, PackageResources.users_py,
            PackageResources.network_py,
            PackageResources.firewall_py, PackageResources.kernel_py, PackageResources.mounts_py,
            PackageResources.runtime_py, PackageResources.containers_py, PackageResources.files_py,
            PackageResources.lasting_py, PackageResources.lasting_network_py,
            PackageResources.main_py,
        ]
        return files.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n\n")
    }
}
