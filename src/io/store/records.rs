//! The ledger's records as packed bytes.

use crate::domain::coverage::{BranchLine, Counts, Facts, JumpFix, LineSet};
use crate::domain::ledger::{DoubtRecord, EvidenceRecord, ReportedRecord};
use crate::domain::suite::TestId;
use crate::io::store::pack::{Reader, Writer};

/// Writes what one contributor ran.
pub(super) fn write_evidence(writer: &mut Writer, evidence: &EvidenceRecord) {
    writer.number(evidence.version.into());
    writer.flag(evidence.moved);
    writer.ran(&evidence.ran);
}

/// Reads what [`write_evidence`] wrote.
pub(super) fn read_evidence(reader: &mut Reader<'_>) -> Option<EvidenceRecord> {
    Some(EvidenceRecord { version: reader.small()?, moved: reader.flag()?, ran: reader.ran()? })
}

/// Writes the lines that may have been lost.
pub(super) fn write_doubt(writer: &mut Writer, doubt: &DoubtRecord) {
    writer.number(doubt.version.into());
    writer.lines(&doubt.lines);
    writer.count(doubt.waiting.len());
    doubt.waiting.iter().for_each(|test| writer.text(test.as_str()));
}

/// Reads what [`write_doubt`] wrote.
pub(super) fn read_doubt(reader: &mut Reader<'_>) -> Option<DoubtRecord> {
    Some(DoubtRecord {
        version: reader.small()?,
        lines: reader.lines()?,
        waiting: reader.list(|reader| reader.text().map(|text| TestId::new(&text)))?,
    })
}

/// Writes the lines that come and go in the runs of each test.
pub(super) fn write_unstable(writer: &mut Writer, unstable: &[(TestId, LineSet)]) {
    writer.count(unstable.len());
    for (test, lines) in unstable {
        writer.text(test.as_str());
        writer.lines(lines);
    }
}

/// Reads what [`write_unstable`] wrote.
pub(super) fn read_unstable(reader: &mut Reader<'_>) -> Option<Vec<(TestId, LineSet)>> {
    reader.list(|reader| Some((TestId::new(&reader.text()?), reader.lines()?)))
}

/// Writes what a report said of a file.
pub(super) fn write_reported(writer: &mut Writer, reported: &ReportedRecord) {
    writer.number(reported.version.into());
    writer.flag(reported.union);
    writer.lines(&reported.covered);
    writer.arcs(&reported.missing_branches);
    write_counts(writer, &reported.counts);
}

/// Reads what [`write_reported`] wrote.
pub(super) fn read_reported(reader: &mut Reader<'_>) -> Option<ReportedRecord> {
    Some(ReportedRecord {
        version: reader.small()?,
        union: reader.flag()?,
        covered: reader.lines()?,
        missing_branches: reader.arcs()?,
        counts: read_counts(reader)?,
    })
}

/// Writes numbers of statements and branches.
pub(super) fn write_counts(writer: &mut Writer, counts: &Counts) {
    for count in [
        counts.statements,
        counts.covered,
        counts.excluded,
        counts.branches,
        counts.covered_branches,
        counts.partial_branches,
    ] {
        writer.number(count);
    }
}

/// Reads what [`write_counts`] wrote.
pub(super) fn read_counts(reader: &mut Reader<'_>) -> Option<Counts> {
    Some(Counts {
        statements: reader.number()?,
        covered: reader.number()?,
        excluded: reader.number()?,
        branches: reader.number()?,
        covered_branches: reader.number()?,
        partial_branches: reader.number()?,
    })
}

/// Writes what coverage.py's parser said about a source.
pub(super) fn write_facts(writer: &mut Writer, facts: &Facts) {
    writer.flag(facts.estimated);
    writer.lines(&facts.statements);
    writer.lines(&facts.excluded);
    writer.count(facts.first_lines.len());
    for &(line, first) in &facts.first_lines {
        writer.number(line.into());
        writer.number(first.into());
    }
    writer.count(facts.branch_lines.len());
    for branch in &facts.branch_lines {
        writer.number(branch.line.into());
        writer.number(branch.exits.into());
        writer.count(branch.targets.len());
        branch.targets.iter().for_each(|&target| writer.signed(target.into()));
    }
    writer.count(facts.jump_fixes.len());
    for fix in &facts.jump_fixes {
        writer.arcs(&[fix.arc]);
        writer.option(fix.instead, |writer, arc| writer.arcs(&[arc]));
        writer.arcs(&fix.drops);
    }
}

/// Reads what [`write_facts`] wrote.
pub(super) fn read_facts(reader: &mut Reader<'_>) -> Option<Facts> {
    let one_arc = |reader: &mut Reader<'_>| reader.arcs()?.first().copied();
    Some(Facts {
        estimated: reader.flag()?,
        statements: reader.lines()?,
        excluded: reader.lines()?,
        first_lines: reader.list(|reader| Some((reader.small()?, reader.small()?)))?,
        branch_lines: reader.list(|reader| {
            Some(BranchLine {
                line: reader.small()?,
                exits: reader.small()?,
                targets: reader.list(|reader| i32::try_from(reader.signed()?).ok())?,
            })
        })?,
        jump_fixes: reader.list(|reader| {
            Some(JumpFix { arc: one_arc(reader)?, instead: reader.option(one_arc)?, drops: reader.arcs()? })
        })?,
    })
}
