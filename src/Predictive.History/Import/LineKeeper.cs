using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Predictive.History.Text;

namespace Predictive.History.Import;

/// <summary>
/// Decides the lines that were read, on a thread of its own and in the order of the file: duplicates and rows left out to the rejects, the
/// others into the table.
/// </summary>
/// <remarks>
/// The look-ups in the set of rows of orders and in the pools of ids are what an import would otherwise spend most of its time on: their
/// places are asked for some lines ahead, so that the memory has had time to arrive.
/// </remarks>
internal sealed class LineKeeper : IDisposable
{
    /// <summary>Highest number of decimals of an amount.</summary>
    public const int MaxScale = 45;

    private const int Ahead = 24;
    private const int Batches = 6;

    private readonly TransactionTableWriter _table;
    private readonly RejectLog _rejects;
    private readonly CsvEncoding _encoding;
    private readonly Action<byte[]> _release;
    private readonly int _texts;
    private readonly int _orderText;
    private readonly RowHashSet _seen;
    private readonly EqualRows _equal = new();
    private readonly BlockingCollection<PendingLines> _ready = [];
    private readonly BlockingCollection<PendingLines> _free = [];
    private readonly Int128[] _net = new Int128[MaxScale];
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _fault;
    private bool _isDone;

    /// <param name="format">How the file is written.</param>
    /// <param name="table">Where kept lines go.</param>
    /// <param name="rejects">Where the others go.</param>
    /// <param name="expectedRows">A guess, to make room.</param>
    /// <param name="release">Takes a chunk of the file back.</param>
    public LineKeeper(CsvFormat format, TransactionTableWriter table, RejectLog rejects, long expectedRows, Action<byte[]> release)
    {
        (_table, _rejects, _encoding, _release) = (table, rejects, format.Encoding, release);
        _texts = format.Columns.Texts.Count();
        _orderText = format.Columns.Texts.Select(t => t.Column).ToList().IndexOf(format.Columns.Order);
        _seen = new RowHashSet(_orderText < 0 ? 0 : expectedRows);
        bool hasNumbers = format.Columns is not { Quantity: < 0, UnitCost: < 0, Discount: < 0 };
        for (int i = 0; i < Batches; i++)
        {
            _free.Add(new PendingLines(_texts, hasNumbers));
        }

        _thread = new Thread(Work) { IsBackground = true, Name = "line keeper" };
        _thread.Start();
    }

    /// <summary>Lines kept; money given back on a row is no line. Read it after <see cref="Complete"/>, as all that follows.</summary>
    public long Kept { get; private set; }

    /// <summary>Time of the first line kept.</summary>
    public long First { get; private set; } = long.MaxValue;

    /// <summary>Time of the last line kept.</summary>
    public long Last { get; private set; } = long.MinValue;

    /// <summary>Sums of the amounts kept, by their number of decimals.</summary>
    public ReadOnlySpan<Int128> Net => _net;

    /// <summary>An empty batch; waits for one.</summary>
    public PendingLines Take() => _free.Take();

    /// <summary>Hands a batch over.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Give(PendingLines batch)
    {
        _fault?.Throw();
        _ready.Add(batch);
    }

    /// <summary>Waits until all batches are decided.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Complete()
    {
        Dispose();
        _fault?.Throw();
        foreach (long line in _equal.Find())
        {
            _rejects.Remark(RowFate.EqualRow, line);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDone)
        {
            _isDone = true;
            _ready.CompleteAdding();
            _thread.Join();
            _ready.Dispose();
            _free.Dispose();
        }
    }

    private void Work()
    {
        foreach (PendingLines batch in _ready.GetConsumingEnumerable())
        {
            try
            {
                if (_fault is null)
                {
                    Settle(batch);
                }
            }
            catch (Exception e)
            {
                // Told by the next call of the thread that reads; what it still hands over goes nowhere.
                _fault = ExceptionDispatchInfo.Capture(e);
            }

            if (batch.IsLastOfChunk)
            {
                _release(batch.Chunk);
            }

            batch.Clear();
            _free.Add(batch);
        }
    }

    private void Settle(PendingLines batch)
    {
        int n = batch.Count;
        for (int i = 0; i < Math.Min(Ahead, n); i++)
        {
            Prefetch(batch, i);
        }

        for (int i = 0; i < n; i++)
        {
            if (i + Ahead < n)
            {
                Prefetch(batch, i + Ahead);
            }

            ref PendingLine line = ref batch[i];
            switch (line.Kind)
            {
                case PendingKind.LeftOut:
                    Reject(batch, i, line.Fate, batch.Text(i, 0));
                    break;
                case PendingKind.Remark:
                    _rejects.Remark(line.Fate, batch.LineOf(i));
                    break;
                default:
                    // Of a refund the row it stands on is told as a duplicate, or as equal; it is not told again.
                    bool isRow = line.Kind == PendingKind.Line, hasOrder = HasOrder(batch, i);
                    if (!hasOrder && isRow)
                    {
                        _equal.Add(line.Hash, batch.LineOf(i));
                    }

                    if (!hasOrder || _seen.Add(line.Hash))
                    {
                        Keep(batch, i, ref line);
                    }
                    else if (isRow)
                    {
                        Reject(batch, i, RowFate.DuplicateLine, batch.Text(i, _orderText));
                    }

                    break;
            }
        }
    }

    private void Prefetch(PendingLines batch, int at)
    {
        if (batch[at].Kind > PendingKind.Refund)
        {
            return;
        }

        if (_orderText >= 0)
        {
            _seen.Prefetch(batch[at].Hash);
        }

        for (int t = 0; t < _texts; t++)
        {
            _table.Current.Texts[t].Pool.Prefetch(batch.Key(at, t));
        }
    }

    /// <summary>
    /// Whether an order id can say that a line equal to an earlier one is the same line twice; else it is kept, and told.
    /// </summary>
    private bool HasOrder(PendingLines batch, int at) => _orderText >= 0 && !batch.Text(at, _orderText).IsEmpty;

    private void Reject(PendingLines batch, int at, RowFate fate, ReadOnlySpan<byte> value)
    {
        ref PendingLine line = ref batch[at];
        _rejects.Reject(
            fate, batch.LineOf(at), CsvEncodings.Decode(value, _encoding),
            CsvEncodings.Decode(batch.Chunk.AsSpan(line.RowStart, line.RowLength), _encoding));
    }

    private void Keep(PendingLines batch, int pending, ref PendingLine line)
    {
        TransactionBuffer buffer = _table.Current;
        int at = buffer.Count;
        for (int t = 0; t < buffer.Texts.Length; t++)
        {
            buffer.Texts[t].Set(at, batch.Text(pending, t), batch.Key(pending, t));
        }

        buffer.Time[at] = line.Micros;
        buffer.Amount[at] = line.Value;
        Put(buffer.Quantity, at, batch, pending, 0);
        Put(buffer.UnitCost, at, batch, pending, 1);
        Put(buffer.Discount, at, batch, pending, 2);
        bool isRefund = line.Kind == PendingKind.Refund;
        if (line.Unscaled <= 0)
        {
            _rejects.Remark(
                isRefund ? RowFate.RefundTaken : line.Unscaled == 0 ? RowFate.ZeroAmount : RowFate.Refund, batch.LineOf(pending));
        }

        _net[line.Scale] += line.Unscaled;
        First = Math.Min(First, line.Micros);
        Last = Math.Max(Last, line.Micros);
        Kept += isRefund ? 0 : 1;
        buffer.Count = at + 1;
        if (buffer.Count == buffer.Capacity)
        {
            _table.Next();
        }
    }

    private static void Put(double[]? column, int line, PendingLines batch, int pending, int number)
    {
        if (column is not null)
        {
            column[line] = batch.Number(pending, number);
        }
    }
}
