using System.Buffers;
using Predictive.Parquet.Encodings;
using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>Values (without nulls) of one column chunk as the type the caller asked for. A dictionary is converted once, then only looked up.</summary>
internal abstract class ValueStream<T> : IDisposable
{
    private readonly RleReader _indices = new();
    private T[] _dictionary = [];

    /// <summary>Entries of the dictionary; −1 before there is one.</summary>
    public int DictionarySize { get; private set; } = -1;

    /// <summary>The dictionary's values.</summary>
    public ReadOnlySpan<T> Dictionary => _dictionary.AsSpan(0, Math.Max(0, DictionarySize));

    /// <summary>True while the current page holds indices.</summary>
    public bool IsIndexed { get; private set; }

    public void SetDictionary(byte[] data, int length, int count)
    {
        // An entry takes at least a byte (a boolean a bit), so the array is bounded by the page.
        if (count > (long)length * 8)
        {
            Corrupt.Throw($"a dictionary of {count} values in a page of {length} bytes");
        }

        _dictionary = ArrayPool<T>.Shared.Rent(count);
        StartPage(PageEncoding.Plain, data, 0, length, count);
        ReadPage(_dictionary.AsSpan(0, count));
        DictionarySize = count;
    }

    public void SetPage(PageEncoding encoding, byte[] data, int start, int end, int maxCount)
    {
        IsIndexed = encoding is PageEncoding.PlainDictionary or PageEncoding.RleDictionary;
        if (!IsIndexed)
        {
            StartPage(encoding, data, start, end, maxCount);
            return;
        }

        if (DictionarySize < 0)
        {
            Corrupt.Throw("a page of dictionary indices without a dictionary page before it");
        }

        // A page without values may lack even the width.
        _indices.Reset(data, Math.Min(start + 1, end), end, start < end ? data[start] : 0);
    }

    /// <summary>Reads exactly the span's length.</summary>
    public void Read(Span<T> into)
    {
        if (IsIndexed)
        {
            _indices.ReadLookup(into, _dictionary, DictionarySize);
        }
        else
        {
            ReadPage(into);
        }
    }

    /// <summary>Reads indices of the current page, which must be indexed.</summary>
    public void ReadIndices(Span<int> into) => _indices.ReadIndices(into, DictionarySize);

    public virtual void Dispose()
    {
        if (_dictionary.Length > 0)
        {
            ArrayPool<T>.Shared.Return(_dictionary, clearArray: System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>());
            _dictionary = [];
            DictionarySize = -1;
        }
    }

    protected abstract void StartPage(PageEncoding encoding, byte[] data, int start, int end, int maxCount);

    protected abstract void ReadPage(Span<T> into);
}

/// <summary>Converts a batch of stored values.</summary>
internal delegate void BatchConverter<TStored, T>(ReadOnlySpan<TStored> from, Span<T> to);

/// <summary>Values of a fixed-size stored type.</summary>
internal sealed class FixedStream<TStored, T> : ValueStream<T>
    where TStored : unmanaged
{
    private const int Batch = 1024;
    private readonly BatchConverter<TStored, T>? _convert;
    private readonly Func<PageEncoding, IDecoder<TStored>> _makeDecoder;
    private readonly TStored[] _scratch;
    private IDecoder<TStored>? _decoder;
    private PageEncoding _decoderEncoding;

    /// <param name="makeDecoder">The decoder of an encoding; throws for one that the type cannot have.</param>
    /// <param name="convert">Null where stored and wanted type are the same.</param>
    public FixedStream(Func<PageEncoding, IDecoder<TStored>> makeDecoder, BatchConverter<TStored, T>? convert)
    {
        _makeDecoder = makeDecoder;
        _convert = convert;
        _scratch = convert is null ? [] : new TStored[Batch];
    }

    protected override void StartPage(PageEncoding encoding, byte[] data, int start, int end, int maxCount)
    {
        if (_decoder is null || encoding != _decoderEncoding)
        {
            _decoder = _makeDecoder(encoding);
            _decoderEncoding = encoding;
        }

        _decoder.Reset(data, start, end, maxCount);
    }

    protected override void ReadPage(Span<T> into)
    {
        if (_convert is null)
        {
            _decoder!.Read(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(
                ref System.Runtime.CompilerServices.Unsafe.As<T, TStored>(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(into)), into.Length));
            return;
        }

        while (into.Length > 0)
        {
            int n = Math.Min(into.Length, Batch);
            _decoder!.Read(_scratch.AsSpan(0, n));
            _convert(_scratch.AsSpan(0, n), into);
            into = into[n..];
        }
    }
}

/// <summary>Makes one value of bytes.</summary>
internal delegate T BytesConverter<T>(ReadOnlySpan<byte> bytes);

/// <summary>Values of byte arrays, of any or of one length.</summary>
internal sealed class BytesStream<T>(Func<PageEncoding, ByteArrayDecoder> makeDecoder, BytesConverter<T> convert) : ValueStream<T>
{
    private const int Batch = 512;
    private readonly Slice[] _slices = new Slice[Batch];
    private ByteArrayDecoder? _decoder;
    private PageEncoding _decoderEncoding;

    public override void Dispose()
    {
        _decoder?.Dispose();
        _decoder = null;
        base.Dispose();
    }

    protected override void StartPage(PageEncoding encoding, byte[] data, int start, int end, int maxCount)
    {
        if (_decoder is null || encoding != _decoderEncoding)
        {
            _decoder?.Dispose();
            _decoder = makeDecoder(encoding);
            _decoderEncoding = encoding;
        }

        _decoder.Reset(data, start, end, maxCount);
    }

    protected override void ReadPage(Span<T> into)
    {
        while (into.Length > 0)
        {
            Span<Slice> slices = _slices.AsSpan(0, Math.Min(into.Length, Batch));
            _decoder!.Read(slices);
            byte[] data = _decoder.Data;
            for (int i = 0; i < slices.Length; i++)
            {
                into[i] = convert(data.AsSpan(slices[i].Start, slices[i].Length));
            }

            into = into[slices.Length..];
        }
    }
}
