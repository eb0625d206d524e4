//! Layers of the application, each a name and the paths that belong to it.

use crate::base::{Glob, RepoPath};

/// One layer: its name and the patterns of its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it is called.
    pub name: String,
    /// Files that match any of these belong to it.
    pub globs: Vec<Glob>,
}

impl Layer {
    /// Whether `path` belongs to it.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        self.globs.iter().any(|glob| glob.matches(path))
    }
}

/// The layer that `path` belongs to: the first that holds it.
#[must_use]
pub fn layer_of(layers: &[Layer], path: &RepoPath) -> Option<usize> {
    let parts: Vec<&str> = path.parts().collect();
    layers.iter().position(|layer| layer.globs.iter().any(|glob| glob.matches_parts(path, &parts)))
}

/// The team's layers in triage order: Views, Serializers, Models, Utils, Tasks.
#[must_use]
pub fn default_layers() -> Vec<Layer> {
    let words: [(&str, &[&str]); 5] = [
        ("Views", &["views", "view", "viewsets", "routes", "endpoints"]),
        ("Serializers", &["serializers", "serializer", "schemas"]),
        ("Models", &["models", "model"]),
        ("Utils", &["utils", "util", "helpers"]),
        ("Tasks", &["tasks", "task", "jobs"]),
    ];
    words.into_iter().map(|(name, stems)| Layer { name: name.to_owned(), globs: globs(stems) }).collect()
}

fn globs(stems: &[&str]) -> Vec<Glob> {
    let patterns = stems.iter().flat_map(|stem| [format!("**/{stem}.py"), format!("**/{stem}/**")]);
    patterns.filter_map(|pattern| Glob::new(&pattern).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{default_layers, layer_of};
    use crate::base::RepoPath;

    fn check(path: &str, expect: Option<&str>) {
        let layers = default_layers();
        let found = RepoPath::new(path).and_then(|path| layer_of(&layers, &path));
        assert_eq!(found.and_then(|at| layers.get(at)).map(|layer| layer.name.as_str()), expect, "{path}");
    }

    #[test]
    fn the_first_layer_that_holds_a_file_is_its_layer() {
        check("shop/orders/views.py", Some("Views"));
        check("views.py", Some("Views"));
        check("shop/views/list.py", Some("Views"));
        check("shop/views/utils.py", Some("Views"));
        check("shop/serializers.py", Some("Serializers"));
        check("shop/models/order.py", Some("Models"));
        check("shop/utils.py", Some("Utils"));
        check("shop/tasks/mail.py", Some("Tasks"));
        check("shop/reviews.py", None);
    }
}
