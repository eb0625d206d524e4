//! A guide and a draft for the tests of mind and picture.

use crate::base::RepoPath;
use crate::domain::guide::{Awaiting, Draft, State, Ticked, Wanted, Which, Why, guides, skeleton};
use crate::domain::python::Naming;
use crate::domain::suite::TestId;

/// The source that the guide is about.
const SOURCE: &str = "\
class Order:
    def total(self, items, free_from=50):
        if not items:
            raise ValueError('an order without items has no total')
        total = sum(item.price for item in items)
        if total < free_from:
            total += 5
        return total

    def cancel(self):
        return self.state == 'new' or self.refund()
";

/// The guide of the file: some of it ticked, some not, some untold.
pub fn guide() -> Vec<Ticked> {
    let test = |name: &str| TestId::new(&format!("tests/orders/test_views.py::{name}"));
    let all = guides(SOURCE).unwrap();
    let ticked = |(at, guide): (usize, crate::domain::guide::Guide)| {
        let states = [
            State::Ticked(vec![test("test_total"), test("test_detail")]),
            State::Open,
            State::Ticked(vec![test("test_total")]),
            State::Open,
            State::Untold(Why::Value),
            State::Ticked(vec![test("test_total")]),
        ];
        let states = states.into_iter().cycle().skip(at).take(guide.items.len()).collect();
        Ticked { guide, states, waiting: Vec::new(), has_contexts: true, has_arcs: true }
    };
    all.into_iter().enumerate().map(ticked).collect()
}

/// The draft of what is wanted for a function.
pub fn draft(ticked: &Ticked, which: Which) -> Draft {
    let items = ticked.rows().enumerate().filter(|(at, (_, state))| match which {
        Which::One(one) => *at == one,
        _ => **state == State::Open,
    });
    let items = items.map(|(_, (item, _))| item).collect();
    let naming = Naming::default();
    let awaiting = Awaiting::default();
    let wanted = Wanted {
        function: &ticked.guide.function,
        items,
        naming: &naming,
        module: "shop.orders.models",
        awaiting: &awaiting,
    };
    Draft {
        path: RepoPath::new("tests/orders/test_models.py").unwrap(),
        why: "it is named after shop/orders/models.py".to_owned(),
        old: None,
        mark: false,
        skeleton: skeleton(&wanted, None).unwrap(),
    }
}
