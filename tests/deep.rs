//! The deeper level of warm runs: what it holds, what makes it anew, how it proves itself and is dropped.

use crate::runner::Project;
use crate::supervisor::until;
use crate::venv::{environment, interpreter_with_django, program};
use crate::warm::{Bench, LIMIT, Ran};
use lacuna::app::{Ask, News as ScreenNews};
use lacuna::base::RepoPath;
use lacuna::domain::suite::{Exit, Target};
use lacuna::io::runner::Level;
use lacuna::shell::{Desk, Surroundings, cycle, planning};
use std::sync::Mutex;

/// A project whose modules import each other, some of them within a test, and do things when they are imported.
const OWN: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.coverage.run]\nsource = ['.']\nbranch = true\n"),
    (
        "conftest.py",
        "import pytest\nfrom shop import registry\n\n@pytest.fixture\ndef names():\n    return registry.NAMES\n",
    ),
    ("shop/__init__.py", "VERSION = 1\n"),
    (
        "shop/registry.py",
        "NAMES = []\n\n\ndef register(item):\n    if item not in NAMES:\n        NAMES.append(item)\n    return item\n",
    ),
    (
        "shop/base.py",
        "from shop.registry import register\n\n\ndef tax(value):\n    if value > 100:\n        return value * 2\n    return value\n\n\nregister('base')\n",
    ),
    (
        "shop/cart.py",
        "from . import base\n\nif base.tax(200) == 400:\n    HIGH = True\n\n\ndef total(values):\n    return sum(base.tax(value) for value in values)\n",
    ),
    (
        "shop/late.py",
        "from shop.registry import register\nimport shop.cart\n\nregister('late')\n\n\ndef size():\n    return len(shop.cart.__name__)\n",
    ),
    (
        "tests/test_shop.py",
        "import sys\nfrom shop import cart\n\n\ndef test_total():\n    assert cart.total([1, 200]) == 401\n\n\ndef test_late(names):\n    \
         assert 'shop.late' not in sys.modules\n    from shop import late\n    assert late.size() == 9 and 'late' in names\n\n\n\
         def test_known():\n    import shop\n    assert shop.late.size() == 9 and shop.cart.HIGH\n",
    ),
    ("tests/test_base.py", "def test_base():\n    import shop.base\n    assert shop.base.tax(1) == 1\n"),
];

#[test]
fn a_run_of_the_deeper_server_is_what_a_cold_run_is() {
    let mut bench = Bench::new(OWN);
    bench.level = Level::Proof;
    let cold = bench.run(&["tests"]);
    let one = bench.run(&["tests/test_base.py"]);
    bench.start(&cold);
    for (targets, cold) in [("tests", &cold), ("tests/test_base.py", &one)] {
        let deep = bench.run(&[targets]);
        assert!(deep.is_deep(), "{:?}", deep.warmth);
        assert_eq!(deep.done.outcomes(), cold.done.outcomes(), "{}\n{}", deep.done.context(), cold.done.context());
        assert_eq!(deep.done.ended.exit, cold.done.ended.exit);
        assert_eq!(deep.done.measured_by_context(), cold.done.measured_by_context(), "{targets}");
        assert_eq!(deep.done.progress.facts, cold.done.progress.facts);
    }
}

/// A test file that leaves a file open, and an object that does something in its end.
const LEFT: &str = "import os\n\nLOG = open('log.txt', 'w')\nLOG.write('said')\n\n\nclass Last:\n    \
                    def __init__(self):\n        self.to = os.open('gone.txt', os.O_CREAT | os.O_WRONLY)\n\n    \
                    def __del__(self, write=os.write):\n        write(self.to, b'gone')\n\n\nLAST = Last()\n\n\n\
                    def test_left():\n    from shop import cart\n    assert cart.HIGH\n";

#[test]
fn what_a_run_leaves_open_comes_to_its_end_as_in_a_fresh_interpreter() {
    let mut bench = Bench::new(&[OWN, &[("tests/test_left.py", LEFT)]].concat());
    bench.level = Level::Proof;
    let read = |bench: &Bench| {
        let mut texts = Vec::new();
        for name in ["log.txt", "gone.txt"] {
            let place = bench.project.root().join(name);
            texts.push(std::fs::read_to_string(&place).expect("a file"));
            std::fs::remove_file(place).expect("a file");
        }
        texts
    };
    let cold = bench.run(&["tests/test_left.py"]);
    assert_eq!(read(&bench), ["said", "gone"], "{}", cold.done.context());
    bench.start(&cold);
    for level in [Level::Proof, Level::Safe] {
        bench.level = level;
        let ran = bench.run(&["tests/test_left.py"]);
        assert_eq!(ran.is_deep(), level == Level::Proof, "{:?}", ran.warmth);
        assert_eq!((ran.done.ended.exit, read(&bench)), (Exit::Code(0), vec!["said".to_owned(), "gone".to_owned()]));
        assert_eq!(ran.done.measured_by_context(), cold.done.measured_by_context());
    }
}

#[test]
fn an_edited_module_is_imported_by_the_runs_from_then_on() {
    let mut bench = Bench::new(OWN);
    bench.level = Level::Proof;
    bench.start(&bench.run(&["tests"]));
    assert!(bench.run(&["tests/test_base.py"]).is_deep());
    let edited = "from shop.registry import register\n\n\ndef tax(value):\n    return 7\n";
    bench.project.write("shop/base.py", edited);
    let ran = bench.run(&["tests/test_base.py"]);
    assert!(ran.is_warm() && !ran.is_deep(), "{:?}", ran.warmth);
    assert_eq!(ran.done.ended.exit, Exit::Code(1), "the edit is seen");
    let learn = |ran: &Ran| {
        let _inside = bench.runtime.enter();
        bench.warm.learn(ran.notes.as_ref().expect("notes"), true);
        bench.wait();
    };
    learn(&ran);
    for text in [edited.replace('7', "1"), edited.to_owned()] {
        bench.project.write("shop/base.py", &text);
        let ran = bench.run(&["tests/test_base.py"]);
        assert!(ran.is_deep(), "{:?}", ran.warmth);
        let expect = if text == edited { 1 } else { 0 };
        assert_eq!(ran.done.ended.exit, Exit::Code(expect), "{}", ran.done.context());
    }
}

/// A sitting on a project with the deeper level: batches are run as the screen runs them.
struct Sitting {
    project: Project,
    desk: Desk,
    runtime: tokio::runtime::Runtime,
}

impl Sitting {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Project::new(files);
        project.write("lacuna.toml", "[runner]\nwarm = 'deep'\n");
        Self::of(project)
    }

    fn of(project: Project) -> Self {
        let below = |name: &str| project.folder.path().join(name);
        let mut environment = environment();
        environment.set("VIRTUAL_ENV", project.interpreter.home.clone().expect("a home"));
        let around = Surroundings {
            config: below("config"),
            data: below("data"),
            cache: below("cache"),
            program: program().to_owned(),
            environment,
            trust: true,
            requirements: None,
        };
        let opened = lacuna::shell::Project::open(&project.root(), true, None, &around).expect("a project");
        let desk = Desk::new(opened, around);
        desk.keep_warm();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        Self { project, desk, runtime }
    }

    /// Runs a file of tests. The answers are how it was run, at first and at last, and what was complained of.
    fn run(&self, file: &str) -> (String, String, String) {
        let ask = Ask { targets: vec![Target::File(RepoPath::new(file).expect("a path"))], ..Ask::default() };
        let planned = planning::planned(&self.desk, ask, None).expect("a plan");
        let told = Mutex::new(Vec::new());
        let tell = |news: Vec<ScreenNews>| {
            told.lock().expect("a list").extend(news.into_iter().filter_map(|news| match news {
                ScreenNews::Warmth { words, .. } => Some(words.to_string()),
                _ => None,
            }));
        };
        let (_sender, wish) = tokio::sync::watch::channel(cycle::Wish::GoOn);
        let done = self.runtime.block_on(cycle::run(&self.desk, &planned, None, wish, &tell));
        let warm = self.desk.warm().expect("a server is wanted");
        until(LIMIT, "the server is ready", || warm.is_ready() || warm.why_cold().is_some());
        let told = told.into_inner().expect("a list");
        let problems: Vec<String> = done.after.problems.iter().map(ToString::to_string).collect();
        (told.first().cloned().unwrap_or_default(), told.last().cloned().unwrap_or_default(), problems.join("\n"))
    }
}

#[test]
fn the_deeper_level_is_used_once_it_has_proved_itself_and_a_failure_is_confirmed() {
    let sitting = Sitting::new(OWN);
    let (first, ..) = sitting.run("tests/test_shop.py");
    assert!(first.starts_with("cold: nothing ran yet"), "{first}");
    let (second, _, problems) = sitting.run("tests/test_shop.py");
    assert!(second.starts_with("cold: the deeper level is compared"), "{second}\n{problems}");
    let (third, _, problems) = sitting.run("tests/test_shop.py");
    assert!(third.starts_with("warm, deep ("), "{third}\n{problems}");
    let (other, _, problems) = sitting.run("tests/test_base.py");
    assert!(other.starts_with("cold: the deeper level is compared"), "each file is compared once: {other}\n{problems}");
    sitting
        .project
        .write("tests/test_base.py", "def test_base():\n    import shop.base\n    assert shop.base.tax(1) == 2\n");
    let (before, last, problems) = sitting.run("tests/test_base.py");
    assert!(before.starts_with("warm, deep") && last.starts_with("cold: a fresh interpreter"), "{last}\n{problems}");
    let (before, last, _) = sitting.run("tests/test_base.py");
    assert!(before.starts_with("warm, deep") && before == last, "what fails in a fresh interpreter as well is known");
}

#[test]
fn where_the_deeper_level_cannot_be_runs_are_warm_all_the_same() {
    let sitting = Sitting::new(OWN);
    sitting.project.write("lacuna.toml", "contexts = false\n[runner]\nwarm = 'deep'\n");
    let sitting = Sitting::of(sitting.project);
    sitting.run("tests/test_base.py");
    let (second, _, problems) = sitting.run("tests/test_base.py");
    assert!(second.starts_with("cold: the deeper level is compared"), "{second}");
    assert!(problems.contains("is not there: nothing tells the lines of imports apart"), "{problems}");
    let (third, _, problems) = sitting.run("tests/test_base.py");
    assert!(third.starts_with("warm (") && !problems.contains("runner.warm"), "{third}\n{problems}");
}

#[test]
fn the_deeper_level_is_dropped_at_the_first_difference() {
    let sitting = Sitting::new(&[
        ("app.py", "import os\n\nPID = os.getpid()\n"),
        ("test_app.py", "import os\nimport app\n\n\ndef test_it():\n    assert app.PID == os.getpid()\n"),
    ]);
    sitting.run("test_app.py");
    let (_, _, problems) = sitting.run("test_app.py");
    assert!(problems.contains("warm runs are not deep any more: test_app.py::test_it"), "{problems}");
    let (after, ..) = sitting.run("test_app.py");
    assert!(after.starts_with("warm (") && !after.contains("deep"), "{after}");
}

/// A project with modules that cannot be imported ahead, and such as depend on more than modules.
const ODD: &[(&str, &str)] = &[
    ("pyproject.toml", "[tool.coverage.run]\nsource = ['.']\n"),
    ("conftest.py", "import os\nos.environ['MODE'] = 'test'\n"),
    ("shop/__init__.py", ""),
    ("shop/plain.py", "import os\n\nPID = os.getpid()\n"),
    ("shop/mode.py", "import os\n\nMODE = os.environ.get('MODE')\nPID = os.getpid()\n"),
    ("shop/above.py", "from shop import mode\n\nMODE = mode.MODE\n"),
    ("shop/logs.py", "import logging\n\nlogging.basicConfig(level='ERROR')\n"),
    ("shop/opened.py", "LOG = open(__file__)\n"),
    (
        "shop/rates.py",
        "import pathlib\n\nRATE = float(pathlib.Path(__file__).with_name('rate.txt').read_text())\n\ntry:\n    \
         from shop.local import EXTRA\nexcept ImportError:\n    EXTRA = 0\n",
    ),
    ("shop/rate.txt", "2"),
    (
        "test_odd.py",
        "import os\nfrom shop import above, logs, mode, opened, plain, rates\n\n\ndef test_odd():\n    \
         assert above.MODE == 'test' and not opened.LOG.closed and rates.RATE + rates.EXTRA == 2\n    \
         print([module.__name__ for module in (plain, mode) if module.PID != os.getpid()])\n",
    ),
];

#[test]
fn a_module_that_can_tell_that_it_is_imported_ahead_is_left_to_the_runs() {
    let mut bench = Bench::new(ODD);
    bench.level = Level::Proof;
    let cold = bench.run(&["test_odd.py"]);
    bench.start(&cold);
    let deep = bench.run(&["test_odd.py"]);
    assert!(deep.is_deep(), "{:?}", deep.warmth);
    assert_eq!(deep.done.outcomes(), ["✓ test_odd.py::test_odd"], "{}", deep.done.context());
    assert_eq!(deep.done.measured_by_context(), cold.done.measured_by_context());
    let said =
        |ran: &Ran| ran.done.progress.results().first().expect("a test").sections.first().expect("text").text.clone();
    assert_eq!((said(&cold).trim(), said(&deep).trim()), ("[]", "['shop.plain']"));
}

#[test]
fn what_an_import_reads_or_misses_makes_the_deeper_server_anew() {
    let mut bench = Bench::new(ODD);
    bench.level = Level::Proof;
    bench.start(&bench.run(&["test_odd.py"]));
    assert!(bench.run(&["test_odd.py"]).is_deep());
    for (file, text, place) in
        [("shop/rate.txt", "3", "shop/rate.txt"), ("shop/local.py", "EXTRA = -1\n", "shop/local.py")]
    {
        bench.project.write(file, text);
        let ran = bench.run(&["test_odd.py"]);
        assert_eq!(ran.why_shallow(), format!("{place} has changed"), "{:?}", ran.warmth);
        let inside = bench.runtime.enter();
        bench.warm.learn(ran.notes.as_ref().expect("notes"), true);
        bench.wait();
        drop(inside);
        let deep = bench.run(&["test_odd.py"]);
        assert!(deep.is_deep(), "{:?}", deep.warmth);
        assert_eq!(deep.done.outcomes(), ran.done.outcomes(), "{}", deep.done.context());
    }
}

/// A small shop with Django, whose views are imported by the first request.
const DJANGO: &[(&str, &str)] = &[
    ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = site_of_shop.settings\npythonpath = .\n"),
    (".coveragerc", "[run]\nsource = .\nbranch = true\n"),
    ("site_of_shop/__init__.py", ""),
    (
        "site_of_shop/settings.py",
        "SECRET_KEY = 'shop'\nROOT_URLCONF = 'site_of_shop.urls'\nINSTALLED_APPS = ['goods']\nUSE_TZ = True\n\
         DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n",
    ),
    (
        "site_of_shop/urls.py",
        "from django.urls import include, path\n\nurlpatterns = [path('goods/', include('goods.urls'))]\n",
    ),
    ("goods/__init__.py", ""),
    (
        "goods/models.py",
        "from django.db import models\n\n\nclass Item(models.Model):\n    name = models.CharField(max_length=9)\n\n    \
         class Meta:\n        app_label = 'goods'\n\n    def title(self):\n        return self.name.title()\n",
    ),
    (
        "goods/urls.py",
        "from django.urls import path\nfrom goods import views\n\nurlpatterns = [path('', views.all_items)]\n",
    ),
    (
        "goods/views.py",
        "from django.http import JsonResponse\nfrom goods.models import Item\n\n\ndef all_items(request):\n    \
         return JsonResponse([item.title() for item in Item.objects.all()], safe=False)\n",
    ),
    (
        "tests/test_goods.py",
        "import pytest\nfrom goods.models import Item\n\n\ndef test_title():\n    assert Item(name='pen').title() == 'Pen'\n\n\n\
         @pytest.mark.django_db\ndef test_all(client):\n    Item.objects.create(name='ink')\n    \
         assert client.get('/goods/').json() == ['Ink']\n",
    ),
];

#[test]
fn the_deeper_server_holds_a_framework_that_is_set_up() {
    let mut bench = Bench::new(DJANGO);
    bench.project.interpreter = interpreter_with_django().clone();
    bench.level = Level::Proof;
    let cold = bench.run(&["tests/test_goods.py"]);
    assert_eq!(cold.done.ended.exit, Exit::Code(0), "{}", cold.done.context());
    bench.start(&cold);
    for edited in [false, true] {
        if edited {
            bench.project.write(
                "tests/test_goods.py",
                "from goods.models import Item\n\n\ndef test_new():\n    assert Item(name='a')\n",
            );
        }
        let deep = bench.run(&["tests/test_goods.py"]);
        assert!(deep.is_deep(), "{:?}", deep.warmth);
        let inside = bench.runtime.enter();
        bench.warm.stop("cold for once");
        drop(inside);
        let cold = bench.run(&["tests/test_goods.py"]);
        assert_eq!(deep.done.outcomes(), cold.done.outcomes(), "{}\n{}", deep.done.context(), cold.done.context());
        assert_eq!(deep.done.measured_by_context(), cold.done.measured_by_context());
        assert_eq!(deep.done.progress.facts, cold.done.progress.facts);
        bench.start(&cold);
    }
}
