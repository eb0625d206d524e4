//! What the variables of a CI system say of the run that they stand around.

use crate::base::Clean;

/// What is known of a run from its CI system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CiRun {
    /// The system.
    pub system: &'static str,
    /// The commit.
    pub commit: Option<String>,
    /// The branch; that of the change where a merge of it is tested.
    pub branch: Option<String>,
    /// The job, as far as its name tells where the tests ran.
    pub job: Option<String>,
    /// Where a person can look at the run.
    pub url: Option<String>,
}

/// One CI system: its name, the variable that is set there and nowhere else, and those of the commit, the branch and the job,
/// the first that is set counts; then the links to the run with variables in braces, the first of which all are set.
struct Row {
    system: &'static str,
    mark: &'static str,
    commit: &'static [&'static str],
    branch: &'static [&'static str],
    job: &'static [&'static str],
    url: &'static [&'static str],
}

const ROWS: [Row; 10] = [
    Row {
        system: "GitHub Actions",
        mark: "GITHUB_ACTIONS",
        commit: &["GITHUB_SHA"],
        branch: &["GITHUB_HEAD_REF", "GITHUB_REF_NAME"],
        job: &["GITHUB_JOB"],
        url: &["{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"],
    },
    Row {
        system: "GitLab CI",
        mark: "GITLAB_CI",
        commit: &["CI_COMMIT_SHA"],
        branch: &["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"],
        job: &["CI_JOB_NAME"],
        url: &["{CI_JOB_URL}", "{CI_PIPELINE_URL}"],
    },
    Row {
        system: "CircleCI",
        mark: "CIRCLECI",
        commit: &["CIRCLE_SHA1"],
        branch: &["CIRCLE_BRANCH"],
        job: &["CIRCLE_JOB"],
        url: &["{CIRCLE_BUILD_URL}"],
    },
    Row {
        system: "Buildkite",
        mark: "BUILDKITE",
        commit: &["BUILDKITE_COMMIT"],
        branch: &["BUILDKITE_BRANCH"],
        job: &["BUILDKITE_LABEL"],
        url: &["{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}", "{BUILDKITE_BUILD_URL}"],
    },
    Row {
        system: "Azure Pipelines",
        mark: "TF_BUILD",
        commit: &["BUILD_SOURCEVERSION"],
        branch: &["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"],
        job: &["SYSTEM_JOBDISPLAYNAME"],
        url: &["{SYSTEM_TEAMFOUNDATIONCOLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"],
    },
    Row {
        system: "Travis CI",
        mark: "TRAVIS",
        commit: &["TRAVIS_COMMIT"],
        branch: &["TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"],
        job: &["TRAVIS_JOB_NAME"],
        url: &["{TRAVIS_JOB_WEB_URL}", "{TRAVIS_BUILD_WEB_URL}"],
    },
    Row {
        system: "Bitbucket Pipelines",
        mark: "BITBUCKET_BUILD_NUMBER",
        commit: &["BITBUCKET_COMMIT"],
        branch: &["BITBUCKET_BRANCH"],
        job: &[],
        url: &["{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"],
    },
    Row {
        system: "Drone",
        mark: "DRONE",
        commit: &["DRONE_COMMIT_SHA"],
        branch: &["DRONE_SOURCE_BRANCH", "DRONE_BRANCH"],
        job: &["DRONE_STAGE_NAME"],
        url: &["{DRONE_BUILD_LINK}"],
    },
    Row {
        system: "TeamCity",
        mark: "TEAMCITY_VERSION",
        commit: &["BUILD_VCS_NUMBER"],
        branch: &[],
        job: &["TEAMCITY_BUILDCONF_NAME"],
        url: &["{BUILD_URL}"],
    },
    Row {
        system: "Jenkins",
        mark: "JENKINS_URL",
        commit: &["GIT_COMMIT"],
        branch: &["CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"],
        job: &["STAGE_NAME", "JOB_NAME"],
        url: &["{BUILD_URL}"],
    },
];

/// What the variables say; nothing outside of a CI system that is known. `read` gives the value of a variable.
#[must_use]
pub fn ci_run(read: &dyn Fn(&str) -> Option<String>) -> Option<CiRun> {
    let value = |name: &str| read(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let row = ROWS.iter().find(|row| value(row.mark).is_some_and(|text| !text.eq_ignore_ascii_case("false")))?;
    let first = |names: &[&str]| names.iter().find_map(|name| value(name));
    let branch = first(row.branch).map(|branch| branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned());
    let url = row.url.iter().find_map(|form| link(&filled(form, &value)?));
    Some(CiRun { system: row.system, commit: first(row.commit), branch, job: first(row.job), url })
}

/// A form with the variables in braces replaced by their values; nothing where one of them is not set.
fn filled(form: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        out.push_str(before);
        out.push_str(&value(name)?);
        rest = after;
    }
    Some(out + rest)
}

/// The longest link that is kept, in bytes.
const LINK: usize = 2_000;

/// A text that is a link to a page and nothing else.
#[must_use]
pub fn link(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let is_plain = text.len() <= LINK && !text.chars().any(|c| c.is_whitespace() || Clean::is_odd(c));
    let is_safe = !text.contains(['<', '>', '"', '`', '\\']);
    (is_plain && is_safe && !rest.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ci_run, link};

    fn check(set: &[(&str, &str)], expect: Option<[&str; 4]>) {
        let read = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let found = ci_run(&read).map(|run| {
            [
                run.system.to_owned(),
                run.commit.unwrap_or_default(),
                run.branch.unwrap_or_default(),
                run.job.unwrap_or_default(),
            ]
        });
        assert_eq!(found, expect.map(|fields| fields.map(str::to_owned)), "{set:?}");
    }

    #[test]
    fn each_system_tells_commit_branch_and_job_in_its_own_words() {
        check(&[("HOME", "/x"), ("CI", "true")], None);
        check(&[("TRAVIS", "false"), ("TRAVIS_COMMIT", "c")], None);
        check(
            &[("GITHUB_ACTIONS", "true"), ("GITHUB_SHA", "c1"), ("GITHUB_HEAD_REF", ""), ("GITHUB_REF_NAME", "main")],
            Some(["GitHub Actions", "c1", "main", ""]),
        );
        let change = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_HEAD_REF", "fix"),
            ("GITHUB_REF_NAME", "7/merge"),
            ("GITHUB_JOB", "unit"),
        ];
        check(&change, Some(["GitHub Actions", "", "fix", "unit"]));
        check(
            &[
                ("GITLAB_CI", "true"),
                ("CI_COMMIT_SHA", "c2"),
                ("CI_COMMIT_REF_NAME", "dev"),
                ("CI_JOB_NAME", "test: [3.11]"),
            ],
            Some(["GitLab CI", "c2", "dev", "test: [3.11]"]),
        );
        check(
            &[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/x")],
            Some(["Azure Pipelines", "", "x", ""]),
        );
        check(
            &[("JENKINS_URL", "u"), ("GIT_COMMIT", "c3"), ("JOB_NAME", "nightly")],
            Some(["Jenkins", "c3", "", "nightly"]),
        );
    }
    #[test]
    fn each_system_tells_where_its_run_can_be_looked_at() {
        let url = |set: &[(&str, &str)]| {
            let read = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            ci_run(&read).and_then(|run| run.url)
        };
        let hub = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://hub.example"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_RUN_ID", "7"),
        ];
        assert_eq!(url(&hub).as_deref(), Some("https://hub.example/a/b/actions/runs/7"));
        assert_eq!(url(&hub[..3]), None);
        let lab = [("GITLAB_CI", "true"), ("CI_PIPELINE_URL", "https://lab.example/p/1")];
        assert_eq!(url(&lab).as_deref(), Some("https://lab.example/p/1"));
        assert_eq!(url(&[("JENKINS_URL", "u"), ("BUILD_URL", "http://j/job/1/")]).as_deref(), Some("http://j/job/1/"));
        assert_eq!(url(&[("JENKINS_URL", "u"), ("BUILD_URL", "file:///etc/passwd")]), None);
        let kite = [("BUILDKITE", "true"), ("BUILDKITE_BUILD_URL", "https://k/b/1")];
        assert_eq!(url(&kite).as_deref(), Some("https://k/b/1"));
    }

    #[test]
    fn a_link_is_a_page_and_nothing_else() {
        assert!(link("https://ci.example/run?id=7&x=%20#log").is_some());
        for text in
            ["", "https://", "javascript:alert(1)", "https://a b", "https://a\u{1b}[0m", "https://a>b", "ci.example"]
        {
            assert_eq!(link(text), None, "{text:?}");
        }
    }
}
