using Predictive.History.Returns;

namespace Predictive.History.Tests.Returns;

public class StacksTests
{
    [Theory]
    [InlineData(40, 1)]
    [InlineData(513, 2)] // the last that are searched through, and the first that are hashed
    [InlineData(5_000, 3)]
    public void Agree_with_a_stack_per_key_whatever_their_number(int steps, int seed)
    {
        var random = new Random(seed);
        var stacks = new Stacks<long>();
        for (int customer = 0; customer < 20; customer++)
        {
            var expected = new Dictionary<long, Stack<int>>();
            stacks.Clear();
            for (int step = 0; step < steps; step++)
            {
                long key = random.NextInt64(0, 1 + (steps / 4));
                Stack<int> own = expected.TryGetValue(key, out Stack<int>? known) ? known : expected[key] = new Stack<int>();
                Assert.Equal(own.Count > 0, stacks.TryTop(key, out int top));
                if (own.Count > 0)
                {
                    Assert.Equal(own.Peek(), top);
                }

                if (own.Count > 0 && random.Next(3) == 0)
                {
                    stacks.Pop(key);
                    own.Pop();
                }
                else
                {
                    int value = random.Next(-1000, 1000);
                    stacks.Push(key, value);
                    own.Push(value);
                }
            }
        }
    }
}
