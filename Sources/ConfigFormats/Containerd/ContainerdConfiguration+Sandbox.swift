extension ContainerdRelease {
    /// The image of a pod's sandbox that a build has when no file names one; `nil` for a release that is not known here.
    ///
    /// - Source: `containerd config default` of 1.6.20, 1.7.24 and 2.1.9.
    package var sandboxImage: String? {
        let tag: String
        switch (major, minor) {
        case (1, 6): tag = "3.6"
        case (1, 7): tag = "3.8"
        case (2, 0), (2, 1): tag = "3.10"
        default: return nil
        }
        return "registry.k8s.io/pause:\(tag)"
    }
}

extension ContainerdConfiguration {
    /// The keys that name the image of a pod's sandbox, the one that counts first.
    ///
    /// - Source: containerd docs/cri/config.md, `sandbox_image`, and `pinned_images` since 2.0.
    private var sandboxKeys: [[String]] {
        if release.isFirstLine { return [["plugins", scopes[0], "sandbox_image"]] }
        let old = version < 3 ? [["plugins", ContainerdPlugins.service, "sandbox_image"]] : []
        return old + [["plugins", ContainerdPlugins.images, "pinned_images", "sandbox"]]
    }

    /// The image of a pod's sandbox that the files name, with its place; `nil` when none does.
    package var sandboxImage: (image: String, place: ContainerdPlace?)? {
        for path in sandboxKeys {
            if case .string(let image)? = plugins.value(at: Array(path.dropFirst())) { return (image, place(of: path)) }
        }
        return nil
    }

    /// The snapshotter that the files name for the CRI; `nil` when none does, which means overlayfs.
    ///
    /// - Source: containerd docs/cri/config.md, `snapshotter`.
    package var snapshotter: String? {
        let paths =
            release.isFirstLine
            ? [[scopes[0], "containerd", "snapshotter"]]
            : (version < 3 ? [[ContainerdPlugins.service, "containerd", "snapshotter"]] : [])
                + [[ContainerdPlugins.images, "snapshotter"]]
        for path in paths {
            if case .string(let name)? = plugins.value(at: path) { return name }
        }
        return nil
    }

    /// The name of the key with which a person sets it.
    package var sandboxKey: String { sandboxKeys[0].last ?? "sandbox_image" }
}
