using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <content>Which thread reads what.</content>
internal sealed partial class HistoryGrouping
{
    /// <summary>As <see cref="OverSegments"/>, of a pass in which each thread takes the row groups that nobody has taken yet.</summary>
    private void OverClaims(Action<int> work)
    {
        foreach (List<int> segment in _segments)
        {
            segment.Clear();
        }

        (_claimed, _claiming) = (0, true);
        OverSegments(work);
        _claiming = false;
    }

    /// <summary>
    /// The row groups of a segment. While they are claimed, a thread that is ahead takes at most a quarter more lines than its share: the
    /// next pass, in which nobody can help, would be as uneven.
    /// </summary>
    private IEnumerable<int> RowGroups(int segment)
    {
        List<int> own = _segments[segment];
        if (!_claiming)
        {
            foreach (int p in own)
            {
                yield return p;
            }

            yield break;
        }

        long rows = 0, most = _source.Rows * 5 / (4 * _segments.Length);
        while (rows <= most && Interlocked.Increment(ref _claimed) - 1 is var p && p < _source.Parts.Count)
        {
            own.Add(p);
            rows += _source.Parts[p].Rows;
            yield return p;
        }
    }

    private void OverSegments(Action<int> work)
    {
        try
        {
            Parallel.For(
                0, _segments.Length, new ParallelOptions { MaxDegreeOfParallelism = _segments.Length, CancellationToken = _cancellation },
                work);
        }
        catch (AggregateException e)
        {
            throw TransactionSource.Translate(e.InnerExceptions[0], _source.Table) ?? e.InnerExceptions[0];
        }
    }

    /// <summary>Runs through the row groups of a segment, batch by batch.</summary>
    /// <param name="segment">Which.</param>
    /// <param name="open">Opens the columns of a row group.</param>
    /// <param name="batch">Reads the next rows of them: row group (by position), first row in it, number of rows.</param>
    private void OverBatches(int segment, Action<PartReader> open, Action<int, int, int> batch)
    {
        foreach (int p in RowGroups(segment))
        {
            TablePart part = _source.Parts[p];
            part.Read(Batch, open, (first, n) => batch(p, first, n), _cancellation);
            Report(part.Rows);
        }
    }
}
