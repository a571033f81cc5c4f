using Microsoft.Win32.SafeHandles;

namespace Predictive.Parquet.Reading;

/// <summary>Positioned, thread-safe reads from a file or stream.</summary>
internal abstract class ByteSource(string name) : IDisposable
{
    public string Name { get; } = name;

    public abstract long Length { get; }

    /// <summary>Fills the span from a position; a source that ends before is a <see cref="ParquetFormatException"/>.</summary>
    public void Read(long offset, Span<byte> into)
    {
        long at = offset;
        while (into.Length > 0)
        {
            int read = ReadSome(at, into);
            if (read == 0)
            {
                throw new ParquetFormatException(Name, null, at, $"the file ends here, {into.Length} bytes early; it has been cut or is still being written");
            }

            at += read;
            into = into[read..];
        }
    }

    public abstract void Dispose();

    protected abstract int ReadSome(long offset, Span<byte> into);
}

/// <summary>A file, read by position without a shared cursor.</summary>
internal sealed class FileSource : ByteSource
{
    private readonly SafeFileHandle _handle;

    public FileSource(string path)
        : base(path)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = RandomAccess.GetLength(_handle);
    }

    public override long Length { get; }

    public override void Dispose() => _handle.Dispose();

    protected override int ReadSome(long offset, Span<byte> into) => RandomAccess.Read(_handle, into, offset);
}

/// <summary>A seekable stream behind a lock.</summary>
internal sealed class StreamSource(Stream stream, string name) : ByteSource(name)
{
    private readonly Lock _lock = new();

    public override long Length { get; } = stream.Length;

    public override void Dispose()
    {
        // The stream belongs to the caller.
    }

    protected override int ReadSome(long offset, Span<byte> into)
    {
        lock (_lock)
        {
            stream.Position = offset;
            return stream.Read(into);
        }
    }
}
