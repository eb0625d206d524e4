//! Tests: real repositories, and some that try to run something.

#[cfg(test)]
mod tests {
    use crate::base::RepoPath;
    use crate::io::git::Held;
    use crate::io::git::{Changed, changed, commits, common_dir, contents, differing, head};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;
    use std::process::Command;
    use tempfile::TempDir;

    fn git(root: &Path, arguments: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "init.defaultBranch=main", "-C"])
            .arg(root)
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn repository() -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        write(dir.path(), "shop/views.py", "x = 1\n");
        write(dir.path(), "shop/models.py", "y = 1\n");
        write(dir.path(), "tests/test_a.py", "");
        git(dir.path(), &["add", "-A"]);
        git(dir.path(), &["commit", "-qm", "first"]);
        dir
    }

    fn check(root: &Path, base: Option<&str>, expect: &[&str]) {
        let letter = |changed: &Changed| match (changed.untracked, changed.deleted) {
            (true, _) => '?',
            (_, true) => 'D',
            _ => 'M',
        };
        let found: Vec<String> = changed(root, base)
            .unwrap()
            .iter()
            .map(|changed| format!("{} {}", letter(changed), changed.path.as_str()))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn staged_unstaged_untracked_and_deleted_files_are_changed() {
        let dir = repository();
        check(dir.path(), None, &[]);
        write(dir.path(), "shop/views.py", "x = 2\n");
        write(dir.path(), "shop/new one é.py", "");
        write(dir.path(), "tests/deep/er/test_b.py", "");
        write(dir.path(), "staged.py", "");
        git(dir.path(), &["add", "staged.py"]);
        fs::remove_file(dir.path().join("shop/models.py")).unwrap();
        let all =
            ["D shop/models.py", "? shop/new one é.py", "M shop/views.py", "M staged.py", "? tests/deep/er/test_b.py"];
        check(dir.path(), None, &all);
        check(&dir.path().join("shop"), None, &["D models.py", "? new one é.py", "M views.py"]);
    }

    #[test]
    fn with_a_base_the_whole_branch_is_changed() {
        let dir = repository();
        git(dir.path(), &["checkout", "-qb", "feature"]);
        write(dir.path(), "shop/views.py", "x = 2\n");
        git(dir.path(), &["commit", "-qam", "second"]);
        git(dir.path(), &["checkout", "-q", "main"]);
        write(dir.path(), "shop/models.py", "y = 2\n");
        git(dir.path(), &["commit", "-qam", "third"]);
        git(dir.path(), &["checkout", "-q", "feature"]);
        write(dir.path(), "new.py", "");
        check(dir.path(), Some("main"), &["? new.py", "M shop/views.py"]);
        check(&dir.path().join("shop"), Some("main"), &["M views.py"]);
        assert!(changed(dir.path(), Some("nowhere")).is_err());
        assert!(changed(dir.path(), Some("--output=x")).is_err());
        assert!(!dir.path().join("x").exists());
    }

    #[test]
    fn the_head_names_commit_branch_and_the_exact_tree() {
        let dir = repository();
        let clean = head(dir.path()).unwrap();
        assert_eq!((clean.branch.as_deref(), clean.dirty), (Some("main"), false));
        assert_eq!(clean.tree, clean.commit);
        write(dir.path(), "shop/views.py", "x = 2\n");
        symlink("/dev/zero", dir.path().join("zero.py")).unwrap();
        let (first, again) = (head(dir.path()).unwrap(), head(dir.path()).unwrap());
        assert!(first.dirty && first.tree != clean.tree && first.tree.is_some());
        assert_eq!(first, again);
        write(dir.path(), "shop/views.py", "x = 3\n");
        assert_ne!(head(dir.path()).unwrap().tree, first.tree);
        git(dir.path(), &["checkout", "-q", "--detach"]);
        assert_eq!(head(dir.path()).unwrap().branch, None);
    }

    fn commit(root: &Path, message: &str) -> String {
        git(root, &["add", "-A"]);
        git(root, &["commit", "-qm", message]);
        head(root).unwrap().commit.unwrap()
    }

    #[test]
    fn the_files_of_other_commits_are_told_apart_and_read() {
        let dir = repository();
        let root = dir.path();
        let first = head(root).unwrap().commit.unwrap();
        write(root, "shop/views.py", "x = 2\n");
        git(root, &["mv", "shop/models.py", "shop/new é.py"]);
        fs::write(root.join("blob"), [0xff, 0xfe]).unwrap();
        let second = commit(root, "second");
        let paths = |root: &Path| {
            let found = differing(root, &first, &second).unwrap();
            found.iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(paths(root), ["blob", "shop/models.py", "shop/new é.py", "shop/views.py"]);
        assert_eq!(paths(&root.join("shop")), ["models.py", "new é.py", "views.py"]);
        let ask = |root: &Path, commit: &str, paths: &[&str]| {
            let paths: Vec<RepoPath> = paths.iter().map(|path| RepoPath::new(path).unwrap()).collect();
            contents(root, &paths.iter().map(|path| (commit, path)).collect::<Vec<_>>())
        };
        let text = |text: &str| Held::Text(text.to_owned());
        let names = ["shop/new é.py", "nothing.py", "blob", "shop", "tests/test_a.py", "shop/views.py"];
        assert_eq!(
            ask(root, &second, &names).unwrap(),
            [text("y = 1\n"), Held::Nothing, Held::Bytes, Held::Nothing, text(""), text("x = 2\n")]
        );
        assert_eq!(
            ask(&root.join("shop"), &first, &["views.py", "models.py"]).unwrap(),
            [text("x = 1\n"), text("y = 1\n")]
        );
        assert_eq!(ask(root, &second, &["a\nb", "shop/views.py"]).unwrap(), [Held::Nothing, text("x = 2\n")]);
        let found = commits(root, &first, &second, 9).unwrap();
        let told: Vec<_> =
            found.iter().map(|commit| (commit.id.as_str(), commit.author.as_str(), commit.subject.as_str())).collect();
        assert_eq!(told, [(second.as_str(), "Ann", "second")]);
        assert_eq!(
            (found[0].parent.as_deref(), found[0].files.len(), found[0].day.as_str().len()),
            (Some(first.as_str()), 4, 10)
        );
        assert_eq!(commits(&root.join("tests"), &first, &second, 9).unwrap(), []);
        for other in ["--output=x", "HEAD", "0000000000000000000000000000000000000000", ""] {
            let problem = differing(root, &first, other).unwrap_err();
            assert!(problem.hint.as_str().contains("git fetch"), "{other}");
        }
        let clone = tempfile::tempdir().unwrap();
        let origin = format!("file://{}", root.display());
        git(clone.path(), &["clone", "-q", "--depth=1", &origin, "."]);
        let problem = differing(clone.path(), &first, &second).unwrap_err();
        assert!(problem.hint.as_str().contains("--unshallow"));
    }

    #[test]
    fn no_repository_and_no_commit_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(head(dir.path()), None);
        assert!(changed(dir.path(), None).is_err());
        assert_eq!(common_dir(dir.path()), None);
        git(dir.path(), &["init", "-q"]);
        write(dir.path(), "a.py", "");
        let born = head(dir.path()).unwrap();
        assert_eq!((born.commit, born.tree, born.dirty), (None, None, true));
        check(dir.path(), None, &["? a.py"]);
    }

    #[test]
    fn worktrees_share_a_folder() {
        let dir = repository();
        let other = tempfile::tempdir().unwrap();
        let tree = other.path().join("tree");
        git(dir.path(), &["worktree", "add", "-q", tree.to_str().unwrap()]);
        assert_eq!(common_dir(&tree), common_dir(&dir.path().join("shop")));
        assert!(common_dir(&tree).is_some());
    }

    /// A repository that tries to run a script in every way that its own files allow; the script leaves a mark.
    #[test]
    fn c1_a_hostile_repository_runs_nothing() {
        let dir = repository();
        let root = dir.path();
        let mark = root.join("mark");
        let script = root.join(".git/evil");
        fs::write(&script, format!("#!/bin/sh\necho \"$0 $@\" >> {}\ncat\n", mark.display())).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let evil = script.to_str().unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        for hook in ["post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout", "pre-commit"]
        {
            fs::copy(&script, root.join(".git/hooks").join(hook)).unwrap();
        }
        for (key, value) in [
            ("core.fsmonitor", evil),
            ("core.pager", evil),
            ("core.editor", evil),
            ("core.sshCommand", evil),
            ("core.hooksPath", ".git/hooks"),
            ("diff.external", evil),
            ("diff.evil.textconv", evil),
            ("diff.evil.command", evil),
            ("filter.evil.clean", evil),
            ("filter.evil.smudge", evil),
            ("filter.evil.process", evil),
            ("filter.evil.required", "true"),
            ("filter.a=b.c.clean", evil),
            ("pager.status", evil),
            ("pager.diff", evil),
            ("gpg.program", evil),
            ("log.showSignature", "true"),
            ("alias.status", &format!("!{evil}")),
            ("credential.helper", evil),
            ("remote.origin.url", &format!("ext::{evil}")),
            ("remote.origin.promisor", "true"),
            ("remote.origin.uploadpack", evil),
            ("protocol.ext.allow", "always"),
            ("extensions.partialClone", "origin"),
            ("core.repositoryFormatVersion", "1"),
        ] {
            git_config(root, key, value);
        }
        write(root, ".gitattributes", "*.py diff=evil filter=evil\n*.txt filter=a=b.c\n");
        write(root, "a.txt", "");
        write(root, "shop/views.py", "x = 2\n");
        // A submodule with its own configuration, and an object that is missing and could be fetched.
        let inner = root.join("inner");
        fs::create_dir(&inner).unwrap();
        git(&inner, &["init", "-q"]);
        write(&inner, "b.py", "");
        let first = last_commit(root);
        let seen = (head(root), changed(root, Some("HEAD")).map(|_| ()), common_dir(root));
        let views = RepoPath::new("shop/views.py").unwrap();
        assert_eq!(contents(root, &[(&first, &views)]).unwrap(), [Held::Text("x = 1\n".to_owned())]);
        assert_eq!(differing(root, &first, &first).unwrap(), []);
        git_config(&inner, "core.fsmonitor", evil);
        let after = head(root);
        assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
        assert!(seen.0.is_some() && seen.1.is_ok() && seen.2.is_some() && after.is_some());
        assert!(seen.0.unwrap().dirty);
        remove_objects(root);
        let _ = (head(root), changed(root, Some("HEAD")), contents(root, &[(&first, &views)]));
        assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
        // The traps are real: plain git steps into one.
        let _ = Command::new("git").arg("-C").arg(root).args(["status", "--porcelain"]).output().unwrap();
        assert!(mark.exists());
    }

    /// The commit that is checked out, read without git.
    fn last_commit(root: &Path) -> String {
        fs::read_to_string(root.join(".git/refs/heads/main")).unwrap().trim().to_owned()
    }

    /// Writes a setting without git, which would already run the monitor.
    fn git_config(root: &Path, key: &str, value: &str) {
        let output =
            Command::new("git").arg("config").arg("-f").arg(root.join(".git/config")).args([key, value]).output();
        assert!(output.unwrap().status.success(), "{key}");
    }

    /// Removes the content of every file, so that git would have to fetch it.
    fn remove_objects(root: &Path) {
        for folder in fs::read_dir(root.join(".git/objects")).unwrap() {
            let folder = folder.unwrap().path();
            if folder.file_name().unwrap().len() == 2 {
                fs::remove_dir_all(folder).unwrap();
            }
        }
    }
}
