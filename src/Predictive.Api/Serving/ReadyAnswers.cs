namespace Predictive.Api.Serving;

/// <summary>
/// The answers about single customers at the default as-of as ready bytes, each made when it is first asked for; bounded in bytes. Where
/// the bound is reached, those not asked for since the hand last passed give way (the clock algorithm). Safe to use from several threads.
/// </summary>
internal sealed class ReadyAnswers(int customers, long mostBytes)
{
    private readonly byte[]?[] _answers = new byte[]?[customers];
    private readonly bool[] _asked = new bool[customers];
    private readonly Lock _storing = new();
    private long _bytes;
    private int _hand;

    /// <summary>Bytes held now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The answer; null = not made, or given up.</summary>
    public byte[]? Find(int customer)
    {
        byte[]? answer = Volatile.Read(ref _answers[customer]);
        if (answer is not null && !_asked[customer])
        {
            _asked[customer] = true;
        }

        return answer;
    }

    /// <summary>Keeps an answer.</summary>
    public void Keep(int customer, byte[] answer)
    {
        if (answer.Length > mostBytes)
        {
            return;
        }

        lock (_storing)
        {
            if (_answers[customer] is not null)
            {
                return;
            }

            while (_bytes + answer.Length > mostBytes)
            {
                _hand = _hand + 1 == _answers.Length ? 0 : _hand + 1;
                if (_answers[_hand] is { } old)
                {
                    if (_asked[_hand])
                    {
                        _asked[_hand] = false;
                        continue;
                    }

                    _answers[_hand] = null;
                    Interlocked.Add(ref _bytes, -old.Length);
                }
            }

            Volatile.Write(ref _answers[customer], answer);
            Interlocked.Add(ref _bytes, answer.Length);
        }
    }
}
