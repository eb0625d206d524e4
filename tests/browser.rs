//! The HTML of reports in a real browser: both schemes, a phone's width, hostile names; what is loaded, and what can be read.

use crate::pages::forms;
use crate::shop::Shop;
use lacuna::base::Clean;
use serde_json::Value;
use std::process::Command;

/// Names that would do something if anybody obeyed them.
const HOSTILE: &str = "test_x[</script><script>alert(1)</script><img src=http://192.0.2.1/x onerror=alert(1)>&quot;'\u{202e}gnp\u{200b}\u{85}]";
/// What measures the reports from outside: their own policy lets no script run within them.
const PROBE: &str = "
window.addEventListener('load', () => {
  const all = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument, width = frame.clientWidth, wide = [];
    const scrolls = at => { for (; at; at = at.parentElement) if (frame.contentWindow.getComputedStyle(at).overflowX === 'auto') return true; return false; };
    for (const one of page.body.querySelectorAll('*')) {
      const box = one.getBoundingClientRect();
      if (box.width > 1 && box.right > width + 0.5 && !scrolls(one)) wide.push(one.tagName + ' ' + one.className);
    }
    const style = frame.contentWindow.getComputedStyle(page.body);
    return {
      name: frame.name, width, scroll: page.documentElement.scrollWidth, wide: wide.slice(0, 5),
      loaded: frame.contentWindow.performance.getEntriesByType('resource').length,
      scripts: page.scripts.length, images: page.images.length,
      ground: style.backgroundColor, colour: style.color, text: page.body.innerText,
      titles: [...page.querySelectorAll('svg')].every(svg => svg.querySelector('title')?.textContent.length > 3),
      charts: page.querySelectorAll('svg').length,
      hidden: [...page.querySelectorAll('h1,h2,td code,.value')].filter(one => one.getBoundingClientRect().height < 8).length,
    };
  });
  const out = document.createElement('pre'); out.id = 'out'; out.textContent = JSON.stringify(all); document.body.replaceChildren(out);
});";

/// The reports of the sample, and those of a history whose test has a hostile name.
fn reports() -> Vec<(String, String)> {
    let shop = Shop::with_reports();
    let flaky = "tests/unit/billing/test_vat.py::test_vat_is_rounded_half_up[2.50-5-0.13]";
    let mut all = Vec::new();
    for (name, what) in [("release", None), ("batch", Some("ci-4888")), ("sitting", None), ("incident", Some(flaky))] {
        let arguments: Vec<&str> = [name].into_iter().chain(what).collect();
        all.push((name.to_owned(), forms(&shop, &arguments)[3].clone()));
    }
    let hostile = hostile();
    let id = format!("tests/test_a.py::{HOSTILE}");
    all.push(("hostile".to_owned(), forms(&hostile, &["incident", &id])[3].clone()));
    all.push(("hostile release".to_owned(), forms(&hostile, &["release"])[3].clone()));
    all
}

fn hostile() -> Shop {
    let shop = Shop::of(&[("tests/test_a.py", "def test_x():\n    assert True\n")]);
    for (at, failure) in [
        "",
        "<failure message=\"&lt;/title&gt;&lt;b&gt; &#x202e;boom\">E no</failure>",
        "",
        "<failure message=\"x\">E x</failure>",
    ]
    .iter()
    .enumerate()
    {
        let name = HOSTILE.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let xml = format!(
            "<testsuite><testcase classname=\"tests.test_a\" name=\"{name}\" time=\"0.1\">{failure}</testcase></testsuite>"
        );
        let file = shop.outside(&format!("{at}.xml"));
        std::fs::write(&file, xml).unwrap();
        let when = format!("2026-11-2{at}T10:00:00Z");
        shop.says(
            &["ingest", file.to_str().unwrap(), "--when", &when, "--branch", "<b>\u{202e}", "--commit", "abc"],
            0,
        );
    }
    shop
}

/// The browser of Debian's package, or one that is called otherwise.
fn browser() -> &'static str {
    let is_there =
        |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(is_there);
    found.expect("a browser to look at reports with: Debian's package chromium")
}

/// What the browser says of each report, at the width of a phone and of a desk.
fn measured(reports: &[(String, String)], dark: bool) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let quoted = |page: &str| page.replace('&', "&amp;").replace('"', "&quot;");
    let frame = |name: &str, page: &str, width: u32| {
        format!(
            "<iframe name=\"{name}\" srcdoc=\"{}\" style=\"border:0;width:{width}px;height:900px\"></iframe>\n",
            quoted(page)
        )
    };
    let frames = reports.iter().flat_map(|(name, page)| [400, 1200].map(|width| frame(name, page, width)));
    let wrapper =
        format!("<!DOCTYPE html><meta charset=\"utf-8\"><script>{PROBE}</script><body>{}", frames.collect::<String>());
    let place = folder.path().join("all.html");
    std::fs::write(&place, wrapper).unwrap();
    let mut command = Command::new(browser());
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--dump-dom",
    ]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    command.arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }));
    command.arg("--host-resolver-rules=MAP * ~NOTFOUND").arg(format!("file://{}", place.display()));
    let output = command.env("HOME", folder.path()).output().unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let out = dom.split_once("<pre id=\"out\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (out, _) = out.unwrap_or_else(|| panic!("{dom}\n{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(
        &out.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&"),
    )
    .unwrap()
}

#[test]
fn reports_are_readable_on_a_phone_and_a_desk_in_both_schemes_and_load_nothing() {
    let reports = reports();
    for (dark, ground, colour) in
        [(false, "rgb(251, 250, 247)", "rgb(35, 38, 45)"), (true, "rgb(21, 23, 28)", "rgb(217, 221, 229)")]
    {
        let all = measured(&reports, dark);
        assert_eq!(all.len(), 2 * reports.len());
        for page in &all {
            let name = format!("{} at {} px", page["name"], page["width"]);
            assert!(page["scroll"].as_u64() <= page["width"].as_u64(), "{name} is wider: {}", page["wide"]);
            assert_eq!(page["wide"], serde_json::json!([]), "{name}");
            assert_eq!((&page["ground"], &page["colour"]), (&ground.into(), &colour.into()), "{name}");
            for nothing in ["loaded", "scripts", "images", "hidden"] {
                assert_eq!(page[nothing], 0, "{nothing} in {name}");
            }
            assert_eq!(page["titles"], true, "{name}");
            let text = page["text"].as_str().unwrap();
            assert!(text.contains("What changed"), "{name}: {text}");
        }
        let of = |name: &str| all.iter().find(|page| page["name"] == name).unwrap();
        let text = |name: &str| of(name)["text"].as_str().unwrap().to_owned();
        assert!(text("release").contains("coverage of Views") && of("release")["charts"].as_u64() > Some(10));
        assert!(text("hostile").contains("</script><script>alert(1)</script>"), "{}", text("hostile"));
        assert!(text("hostile").contains("<U+202E>gnp<U+200B>"), "{}", text("hostile"));
    }
}

#[test]
fn no_text_of_a_history_is_obeyed_in_any_form() {
    let shop = hostile();
    let id = format!("tests/test_a.py::{HOSTILE}");
    for arguments in [&["incident", id.as_str()][..], &["release"], &["batch"]] {
        let [text, markdown, value, page] = forms(&shop, arguments);
        for form in [&text, &markdown, &value, &page] {
            let odd: Vec<char> = form.chars().filter(|c| *c != '\n' && Clean::is_odd(*c)).collect();
            assert!(odd.is_empty(), "{odd:?}");
        }
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"), "{page}");
        let outside_code: String = markdown.split('`').step_by(2).collect();
        assert!(!outside_code.contains("<script") && !outside_code.contains("<img"), "{markdown}");
        let stored: Value = serde_json::from_str(&value).unwrap();
        assert!(stored["made"].is_string());
    }
}

/// The colours that a style gives names to, in its light and its dark scheme.
fn colours(page: &str) -> [Vec<(String, String)>; 2] {
    let blocks: Vec<&str> =
        page.match_indices(":root {").map(|(at, _)| &page[at..at + page[at..].find('}').unwrap()]).collect();
    let read = |block: &str| {
        let pairs = block.split(['{', ';']).filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "));
        pairs.map(|(name, colour)| (name.to_owned(), colour.to_owned())).collect::<Vec<_>>()
    };
    [read(blocks[0]), read(blocks[1])]
}

fn luminance(colour: &str) -> f64 {
    let part = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
    let linear = |part: f64| if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
}

#[test]
fn the_colours_of_a_report_are_those_of_the_themes_and_can_be_read() {
    let shop = Shop::of(&[("a.py", "A = 1\n")]);
    let page = shop.says(&["report", "--of", "release", "--format", "html"], 0);
    let [light, dark] = colours(&page);
    let names = [
        ("good", "green"),
        ("bad", "red"),
        ("open", "violet"),
        ("accent", "blue"),
        ("good-ground", "green-ground"),
        ("bad-ground", "red-ground"),
    ];
    for (scheme, theme) in [(&light, "light"), (&dark, "dark")] {
        let palette = std::fs::read_to_string(format!("{}/themes/{theme}.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let of = |name: &str| {
            &scheme.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name} in {scheme:?}")).1
        };
        for (name, colour) in scheme {
            let role = names.iter().find(|(known, _)| known == name).map_or(name.as_str(), |(_, role)| role);
            assert!(palette.contains(&format!("\n{role} = [\"{colour}\"")), "{name} is {role} of the theme {theme}");
        }
        let contrast = |one: &str, other: &str| {
            let (one, other) = (luminance(of(one)), luminance(of(other)));
            (one.max(other) + 0.05) / (one.min(other) + 0.05)
        };
        for text in ["text", "muted", "good", "bad", "open", "accent"] {
            for ground in ["ground", "raised"] {
                assert!(contrast(text, ground) >= 4.5, "{text} on {ground} in {theme}: {}", contrast(text, ground));
            }
        }
        assert!(contrast("good", "good-ground") >= 4.5 && contrast("bad", "bad-ground") >= 4.5, "{theme}");
    }
}
