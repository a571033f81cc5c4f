using Predictive.Learning.Boosting.Growing;
using System.Runtime.ExceptionServices;

namespace Predictive.Learning.Boosting.Threads;

/// <summary>
/// A fixed set of threads that run one body together, thousands of times a second. A tree of 31 leaves has about a hundred parallel
/// sections of some ten microseconds each: too short for the thread pool, so workers spin a little before they sleep.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    private const int SpinsBeforeSleep = 600;
    private readonly Lock _runGate = new();
    private readonly object _sleepGate = new();
    private readonly Thread[] _threads;
    private Action<int>? _body;
    private Exception? _failure;
    private int _generation;
    private int _pending;
    private int _sleepers;
    private volatile bool _stopping;

    /// <param name="size">Threads in all, the caller's included; 1 = no thread is started.</param>
    public WorkerTeam(int size)
    {
        Size = size;
        _threads = new Thread[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"boosting {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads in all, the caller's included.</summary>
    public int Size { get; }

    /// <summary>The thread count an option of 0 (one per core) or more stands for.</summary>
    public static int Resolve(int threads) => threads > 0 ? threads : Environment.ProcessorCount;

    /// <summary>Runs <paramref name="body"/> once per worker number (0 = the caller) and waits for all of them.</summary>
    public void Run(Action<int> body)
    {
        if (Size == 1)
        {
            body(0);
            return;
        }

        lock (_runGate)
        {
            _body = body;
            _failure = null;
            Volatile.Write(ref _pending, Size - 1);
            Interlocked.Increment(ref _generation);
            if (Volatile.Read(ref _sleepers) > 0)
            {
                lock (_sleepGate)
                {
                    Monitor.PulseAll(_sleepGate);
                }
            }

            Invoke(body, 0);
            var wait = new SpinWait();
            for (int spins = 0; Volatile.Read(ref _pending) != 0; spins++)
            {
                if (spins < SpinsBeforeSleep)
                {
                    Thread.SpinWait(4);
                }
                else
                {
                    wait.SpinOnce(sleep1Threshold: -1);
                }
            }

            if (_failure is not null)
            {
                ExceptionDispatchInfo.Throw(_failure); // as itself: a caller is promised a LearningException, whatever the thread
            }
        }
    }

    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _generation);
        lock (_sleepGate)
        {
            Monitor.PulseAll(_sleepGate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            AwaitGeneration(seen);
            seen++;
            if (_stopping)
            {
                return;
            }

            Invoke(_body!, worker);
            Interlocked.Decrement(ref _pending);
        }
    }

    private void AwaitGeneration(int seen)
    {
        for (int spins = 0; spins < SpinsBeforeSleep; spins++)
        {
            if (Volatile.Read(ref _generation) != seen)
            {
                return;
            }

            Thread.SpinWait(4);
        }

        lock (_sleepGate)
        {
            Interlocked.Increment(ref _sleepers);
            while (Volatile.Read(ref _generation) == seen)
            {
                Monitor.Wait(_sleepGate);
            }

            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void Invoke(Action<int> body, int worker)
    {
        try
        {
            body(worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
