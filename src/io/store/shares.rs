//! Shares that are counted after runs and kept with their times: of the contract, and of the tests that belong to issues.

use crate::base::{Problem, Ratio, Stamp};
use crate::io::store::Store;

/// How many of each are kept; of more the oldest go.
const KEPT: usize = 1000;

impl Store {
    /// Keeps how much of the contract was exercised after a run: of its operations, and of its documented responses.
    ///
    /// # Errors
    /// It could not be written; then none of it was.
    pub fn save_contract_shares(&self, at: Stamp, [operations, responses]: [Ratio; 2]) -> Result<(), Problem> {
        self.database.write(|change| {
            change
                .prepare_cached("INSERT OR REPLACE INTO contract_shares VALUES(?1, ?2, ?3, ?4, ?5)")?
                .execute((at.0, operations.part, operations.whole, responses.part, responses.whole))?;
            let mut old = change.prepare_cached(
                "DELETE FROM contract_shares WHERE at NOT IN (SELECT at FROM contract_shares ORDER BY at DESC LIMIT ?1)",
            )?;
            old.execute([KEPT]).map(|_| ())
        })
    }

    /// All of these that are kept, the oldest first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn contract_shares(&self) -> Result<Vec<(Stamp, [Ratio; 2])>, Problem> {
        self.database.read(|ask| {
            let sql = "SELECT at, operations, of_operations, responses, of_responses FROM contract_shares ORDER BY at";
            let mut all = ask.prepare_cached(sql)?;
            let rows = all.query_map([], |row| {
                let shares = [Ratio::new(row.get(1)?, row.get(2)?), Ratio::new(row.get(3)?, row.get(4)?)];
                Ok((Stamp(row.get(0)?), shares))
            })?;
            rows.collect()
        })
    }

    /// Keeps how many of the tests belong to an issue.
    ///
    /// # Errors
    /// It could not be written; then none of it was.
    pub fn save_mapping_share(&self, at: Stamp, mapped: Ratio) -> Result<(), Problem> {
        self.database.write(|change| {
            change.prepare_cached("INSERT OR REPLACE INTO mapping_shares VALUES(?1, ?2, ?3)")?.execute((
                at.0,
                mapped.part,
                mapped.whole,
            ))?;
            let mut old = change.prepare_cached(
                "DELETE FROM mapping_shares WHERE at NOT IN (SELECT at FROM mapping_shares ORDER BY at DESC LIMIT ?1)",
            )?;
            old.execute([KEPT]).map(|_| ())
        })
    }

    /// All of these that are kept, the oldest first.
    ///
    /// # Errors
    /// They could not be read.
    pub fn mapping_shares(&self) -> Result<Vec<(Stamp, Ratio)>, Problem> {
        self.database.read(|ask| {
            let mut all = ask.prepare_cached("SELECT at, mapped, of_tests FROM mapping_shares ORDER BY at")?;
            let rows = all.query_map([], |row| Ok((Stamp(row.get(0)?), Ratio::new(row.get(1)?, row.get(2)?))))?;
            rows.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Ratio, Stamp};
    use crate::io::store::memory::tests::store;

    #[test]
    fn shares_come_back_with_their_times_the_oldest_first() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let at = |part: u64| [Ratio::new(part, 9), Ratio::new(part, 20)];
        for part in [2, 0, 1] {
            let when = Stamp(100 - i64::try_from(part).unwrap());
            store.save_contract_shares(when, at(part)).unwrap();
            store.save_mapping_share(when, at(part)[0]).unwrap();
        }
        let (contract, mapping) = (store.contract_shares().unwrap(), store.mapping_shares().unwrap());
        assert_eq!(contract, [(Stamp(98), at(2)), (Stamp(99), at(1)), (Stamp(100), at(0))]);
        assert_eq!(mapping, contract.iter().map(|(when, shares)| (*when, shares[0])).collect::<Vec<_>>());
        // Of one moment the last counts.
        store.save_mapping_share(Stamp(100), Ratio::new(7, 9)).unwrap();
        assert_eq!(store.mapping_shares().unwrap()[2], (Stamp(100), Ratio::new(7, 9)));
    }
}
