"""The register: data, verbs, questions and text formats, with no screen."""
