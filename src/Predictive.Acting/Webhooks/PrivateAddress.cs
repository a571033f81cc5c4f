using System.Net;
using System.Net.Sockets;

namespace Predictive.Acting.Webhooks;

/// <summary>Tells addresses of private networks, of this machine, and those that are nobody's, from public ones.</summary>
/// <remarks>IANA's registries of special-purpose addresses (RFC 6890 and later): whatever is not globally reachable is refused.</remarks>
internal static class PrivateAddress
{
    private static readonly IPNetwork[] s_notPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/127", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16"), s_nat64 = IPNetwork.Parse("64:ff9b::/96"),
        s_localNat64 = IPNetwork.Parse("64:ff9b:1::/48");

    /// <summary>Whether an address is not to be reached from outside.</summary>
    public static bool Is(IPAddress address)
    {
        // An IPv4 address in an IPv6 dress is what it is beneath it.
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            byte[] bytes = address.GetAddressBytes();
            if (s_localNat64.Contains(address) || s_sixToFour.Contains(address) && Is(new IPAddress(bytes.AsSpan(2, 4)))
                || s_nat64.Contains(address) && Is(new IPAddress(bytes.AsSpan(12, 4)))
                || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0)
            {
                return true;
            }
        }

        return Array.Exists(s_notPublic, n => n.BaseAddress.AddressFamily == address.AddressFamily && n.Contains(address));
    }
}
