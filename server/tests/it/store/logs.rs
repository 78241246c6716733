//! Pages of logs.

use crate::store_world::*;

on_both!(pages_of_a_long_log, filters_of_a_log, lines_come_back_as_they_were);

use bodies::*;

mod bodies {
    use super::*;
    use domain::run::{Level, LogEntry, LogLine};
    use domain::{RunId, TaskId};
    use rota::store::LogQuery;

    fn query(run: RunId, offset: u64, limit: u64) -> LogQuery {
        LogQuery { run, offset, limit, levels: vec![], q: None, descending: false }
    }

    /// 3,000 lines in chunks of many sizes; every tenth a warning, every hundredth an error.
    async fn long_log(w: &World) -> (RunId, Vec<LogEntry>) {
        let ids: (TaskId, RunId) = w.running().await;
        let level = |i: u64| match i {
            i if i % 100 == 0 => Level::Error,
            i if i % 10 == 0 => Level::Warning,
            i if i % 2 == 0 => Level::Debug,
            _ => Level::Info,
        };
        let entries: Vec<LogEntry> = (0..3000u64)
            .map(|idx| LogEntry {
                idx,
                timestamp: at(idx as i64),
                level: level(idx),
                msg: format!("Line {idx} of Many"),
                status_percent: (idx % 7 == 0).then_some((idx % 100) as u8),
            })
            .collect();
        let mut first = 0;
        for size in [1, 2, 1700, 297, 1000] {
            let mut u = update(ids);
            u.first_idx = first as u64;
            u.lines = entries[first..first + size].iter().map(to_line).collect();
            assert!(w.store.record("a", &[u]).await.unwrap().is_empty());
            first += size;
        }
        (ids.1, entries)
    }

    fn to_line(e: &LogEntry) -> LogLine {
        let (timestamp, level, msg) = (e.timestamp, e.level, e.msg.clone());
        LogLine { timestamp, level, msg, status_percent: e.status_percent }
    }

    pub async fn pages_of_a_long_log(w: World) {
        let (run, entries) = long_log(&w).await;
        assert_eq!(w.store.log_len(run).await.unwrap(), 3000);
        for (offset, limit) in [(0, 1), (0, 3000), (2, 1), (999, 3), (1702, 2), (2990, 100), (3000, 5), (5, 0)] {
            for descending in [false, true] {
                let page = w.store.log(&LogQuery { descending, ..query(run, offset, limit) }).await.unwrap();
                let mut expected = entries.clone();
                if descending {
                    expected.reverse();
                }
                let expected: Vec<_> = expected.into_iter().skip(offset as usize).take(limit as usize).collect();
                assert_eq!((page.items, page.total), (expected, 3000), "{offset} {limit} {descending}");
            }
        }
        let far = w.store.log(&query(run, u64::MAX, u64::MAX)).await.unwrap();
        assert_eq!((far.items.len(), far.total), (0, 3000));
        let none = w.store.log(&query(RunId(999), 0, 10)).await.unwrap();
        assert_eq!((none.items.len(), none.total), (0, 0));
        assert_eq!(w.store.log_len(RunId(999)).await.unwrap(), 0);
    }

    pub async fn filters_of_a_log(w: World) {
        let (run, entries) = long_log(&w).await;
        let levels = [vec![], vec![Level::Error], vec![Level::Warning, Level::Error], Level::ALL.to_vec()];
        for (levels, q) in
            levels.iter().flat_map(|l| [None, Some("line 29"), Some("0 OF many"), Some("x")].map(|q| (l, q)))
        {
            for (descending, offset, limit) in [(false, 0, 10_000), (true, 0, 7), (false, 13, 20), (true, 25, 40)] {
                let asked = LogQuery {
                    levels: levels.clone(),
                    q: q.map(str::to_owned),
                    descending,
                    ..query(run, offset, limit)
                };
                let page = w.store.log(&asked).await.unwrap();
                let mut all: Vec<_> = entries
                    .iter()
                    .filter(|e| levels.is_empty() || levels.contains(&e.level))
                    .filter(|e| q.is_none_or(|q| e.msg.to_lowercase().contains(&q.to_lowercase())))
                    .cloned()
                    .collect();
                if descending {
                    all.reverse();
                }
                assert_eq!(page.total, all.len() as u64, "{asked:?}");
                let expected: Vec<_> = all.into_iter().skip(offset as usize).take(limit as usize).collect();
                assert_eq!(page.items, expected, "{asked:?}");
            }
        }
    }

    pub async fn lines_come_back_as_they_were(w: World) {
        let ids = w.running().await;
        let huge = "\n\"ü".repeat(300_000);
        let texts = ["", "a\0b\r\n\tc", "\"\\\\\"", "\u{1b}[31mred", "\u{2028}😀\u{ffff}", "<script>", &huge, "end"];
        let mut u = update(ids);
        u.lines = texts.iter().map(|t| line(Level::Info, t)).collect();
        w.store.record("a", &[u]).await.unwrap();
        let page = w.store.log(&query(ids.1, 0, 100)).await.unwrap();
        assert_eq!(page.items.iter().map(|e| e.msg.as_str()).collect::<Vec<_>>(), texts);
        let asked = LogQuery { q: Some("a\0B".into()), ..query(ids.1, 0, 100) };
        assert_eq!(w.store.log(&asked).await.unwrap().total, 1);
    }
}
