// Linked into Predictive.Benchmarks too.
namespace Predictive.History.Tests.Parquet.Mutations;

/// <summary>Walks one struct in Thrift's compact protocol, as footers and page headers are, and notes where its whole numbers
/// stand.</summary>
internal sealed class CompactThrift(byte[] bytes, int at)
{
    private readonly List<Range> _numbers = [];
    private int _at = at;

    /// <summary>Where each varint (number, length or count) stands.</summary>
    public IReadOnlyList<Range> Numbers => _numbers;

    /// <summary>Whole numbers of the outermost struct, by field id.</summary>
    public Dictionary<int, long> Fields { get; } = [];

    /// <summary>First byte after the struct.</summary>
    public int End => _at;

    /// <summary>Walks the struct; the bytes must be sound.</summary>
    public CompactThrift Walk()
    {
        Struct(isOutermost: true);
        return this;
    }

    private void Struct(bool isOutermost)
    {
        for (int id = 0; ;)
        {
            int head = bytes[_at++];
            if (head == 0)
            {
                return;
            }

            id = head >> 4 == 0 ? (int)Zigzag() : id + (head >> 4);
            long? number = Value(head & 15);
            if (isOutermost && number is { } n)
            {
                Fields[id] = n;
            }
        }
    }

    private long? Value(int type)
    {
        switch (type)
        {
            case 1 or 2:
                return null;
            case 3:
                _at++;
                return null;
            case 4 or 5 or 6:
                return Zigzag();
            case 7:
                _at += 8;
                return null;
            case 8:
                int length = (int)Varint();
                _at += length;
                return null;
            case 9 or 10:
                int head = bytes[_at++];
                for (long n = head >> 4 == 15 ? (long)Varint() : head >> 4; n > 0; n--)
                {
                    if (_at >= bytes.Length)
                    {
                        throw new InvalidDataException("the list ends early");
                    }

                    if ((head & 15) is 1 or 2)
                    {
                        _at++;
                    }
                    else
                    {
                        Value(head & 15);
                    }
                }

                return null;
            case 12:
                Struct(isOutermost: false);
                return null;
            default:
                throw new InvalidDataException($"type {type} at {_at}");
        }
    }

    private long Zigzag()
    {
        ulong raw = Varint();
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    private ulong Varint()
    {
        int start = _at;
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[_at++];
            value |= (ulong)(b & 127) << shift;
            if (b < 128)
            {
                _numbers.Add(start.._at);
                return value;
            }
        }
    }
}
