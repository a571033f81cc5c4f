using System.Buffers;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>
/// The body of an answer as it comes, with an end to waiting and an eye on its last bytes: ClickHouse that fails in the middle writes what
/// happened behind the rows it has sent, under the status 200.
/// </summary>
internal sealed class ClickHouseBody(HttpResponseMessage response, Stream stream, string place, TimeSpan timeout, Action kill) : IDisposable
{
    private const int MostRow = 64 << 20, Drained = 1 << 20;
    private byte[] _buffer = new byte[1 << 20];
    private byte[] _tail = [];
    private int _start, _end;
    private bool _isOver;

    /// <summary>Server and table, for messages.</summary>
    public string Place => place;

    /// <summary>What has come and was not used.</summary>
    public ReadOnlySpan<byte> Here => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Says that so many bytes are used.</summary>
    public void Use(int bytes) => _start += bytes;

    /// <summary>Waits for more.</summary>
    /// <returns>False where the body is over.</returns>
    /// <exception cref="WarehouseException">It broke off, nothing came for too long, or ClickHouse says why it ends.</exception>
    public async Task<bool> MoreAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MostRow)
            {
                throw await BrokenAsync("a row of more than 64 MB came", cancellation);
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = await ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += read;
        return read > 0;
    }

    /// <summary>The whole of a small body.</summary>
    public async Task<byte[]> AllAsync(CancellationToken cancellation)
    {
        while (await MoreAsync(cancellation))
        {
        }

        byte[] all = Here.ToArray();
        return ClickHouseFault.Find(all) is { } fault ? throw ClickHouseFault.Of(place, fault) : all;
    }

    /// <summary>The exception of a body that is not what was asked for: what ClickHouse says of it, if it does.</summary>
    /// <param name="what">What is wrong with it.</param>
    /// <param name="cancellation">Ends the look for its end.</param>
    public async Task<WarehouseException> BrokenAsync(string what, CancellationToken cancellation)
    {
        byte[] rest = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            int read = 0;
            while (read < Drained && await ReadAsync(rest, cancellation) is > 0 and var more)
            {
                read += more;
            }
        }
        catch (WarehouseException e)
        {
            return e;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }

        return ClickHouseFault.Find(_tail) is { } fault ? ClickHouseFault.Of(place, fault) : ClickHouseFault.Network(place, what, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Who leaves before the end does not want the rest worked out.
        if (!_isOver)
        {
            kill();
        }

        stream.Dispose();
        response.Dispose();
    }

    private async Task<int> ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(timeout);
        try
        {
            int read = await stream.ReadAsync(into, silence.Token);
            _isOver |= read == 0;
            Remember(into.Span[..read]);
            return read;
        }
        catch (OperationCanceledException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw ClickHouseFault.Network(place, $"nothing came for {timeout.TotalSeconds:0} seconds in the middle of an answer", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            throw ClickHouseFault.Find(_tail) is { } fault
                ? ClickHouseFault.Of(place, fault) : ClickHouseFault.Network(place, "the answer broke off in the middle", e);
        }
    }

    private void Remember(ReadOnlySpan<byte> read)
    {
        if (read.Length >= ClickHouseFault.TailBytes)
        {
            _tail = read[^ClickHouseFault.TailBytes..].ToArray();
        }
        else if (!read.IsEmpty)
        {
            int keep = Math.Min(_tail.Length, ClickHouseFault.TailBytes - read.Length);
            _tail = [.. _tail.AsSpan(_tail.Length - keep), .. read];
        }
    }
}
