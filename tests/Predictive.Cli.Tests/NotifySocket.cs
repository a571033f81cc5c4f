using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace Predictive.Cli.Tests;

/// <summary>What stands for systemd: a datagram socket, and who writes to it.</summary>
internal sealed class NotifySocket : ISystemdNotifier, IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket(string folder)
    {
        Path = System.IO.Path.Combine(folder, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(Path));
    }

    public string Path { get; }

    public bool IsEnabled => true;

    public void Notify(ServiceState state)
    {
        using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.SendTo(Encoding.UTF8.GetBytes(state.ToString()), new UnixDomainSocketEndPoint(Path));
    }

    public async Task<string> Next()
    {
        var buffer = new byte[512];
        using var late = new CancellationTokenSource(s_patience);
        int length = await _socket.ReceiveAsync(buffer, SocketFlags.None, late.Token);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    public async Task<string> NextOther(string than)
    {
        string next;
        do
        {
            next = await Next();
        }
        while (next == than);
        return next;
    }

    /// <summary>Reads what lies there; how many words that were.</summary>
    public int Forget()
    {
        var buffer = new byte[512];
        int count = 0;
        for (; _socket.Available > 0; count++)
        {
            _socket.Receive(buffer);
        }

        return count;
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>In front of the host's pipeline: lets nothing through while it hangs.</summary>
internal sealed class HangingHost : IStartupFilter
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously),
        _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _hangs;

    public Task Reached => _reached.Task;

    public void Begin() => _hangs = true;

    public void End()
    {
        _hangs = false;
        _ended.SetResult();
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            if (_hangs)
            {
                _reached.TrySetResult();
                await _ended.Task;
            }

            await following(context);
        });
        next(app);
    };
}
