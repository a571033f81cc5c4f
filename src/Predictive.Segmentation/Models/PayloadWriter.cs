using System.Text;
using Predictive.Learning;

namespace Predictive.Segmentation.Models;

/// <summary>
/// The layout of <c>churn.bin</c> and <c>clv.bin</c>: magic, format version, then little-endian fields in a fixed order; learners are
/// length-prefixed payloads (<c>Predictors</c>). No clock: equal models give equal bytes.
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    private readonly BinaryWriter _writer;

    public PayloadWriter(Stream stream, string magic, int version)
    {
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
        _writer.Write((int)buffer.Length);
        _writer.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    public void Dispose() => _writer.Dispose();
}
