using System.Text;
using Predictive.Learning;

namespace Predictive.Segmentation.Models;

/// <summary>
/// The layout of <c>churn.bin</c> and <c>clv.bin</c>: magic, format version, then little-endian fields in a fixed order; learners are
/// length-prefixed payloads of their engine, or the name of the entry that holds one (see <see cref="ModelEntries"/>). No clock: equal models
/// give equal bytes.
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    /// <summary>Stands for a length where the learner lies in an entry of its own, whose name follows.</summary>
    public const int Apart = -1;

    private readonly BinaryWriter _writer;
    private readonly LearnerSink? _learners;

    public PayloadWriter(Stream stream, string magic, int version, LearnerSink? learners = null)
    {
        _learners = learners;
        _writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        _writer.Write(Encoding.ASCII.GetBytes(magic));
        _writer.Write(version);
    }

    public void Write(int value) => _writer.Write(value);

    public void Write(double value) => _writer.Write(value);

    public void Write(string value) => _writer.Write(value);

    public void Write(IReadOnlyList<string> values)
    {
        _writer.Write(values.Count);
        foreach (string value in values)
        {
            _writer.Write(value);
        }
    }

    public void Write(ReadOnlySpan<double> values)
    {
        _writer.Write(values.Length);
        foreach (double value in values)
        {
            _writer.Write(value);
        }
    }

    public void Write(IPredictor? predictor)
    {
        if (predictor is null)
        {
            _writer.Write(0);
            return;
        }

        using var buffer = new MemoryStream();
        predictor.Save(buffer);
        if (_learners is { } apart)
        {
            _writer.Write(Apart);
            _writer.Write(apart(buffer.ToArray()));
            return;
        }

        _writer.Write((int)buffer.Length);
        _writer.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    public void Dispose() => _writer.Dispose();
}
