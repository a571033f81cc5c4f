using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Schema;

namespace Predictive.Store;

/// <summary>Changes of one thing, one after the other over all hosts: to the end of the transaction that takes the turn.</summary>
internal static class Turn
{
    /// <summary>Takes it; on SQLite every change has it already.</summary>
    public static void Take(StoreDatabase database, StoreContext context, string name)
    {
        if (database.IsPostgres)
        {
            long key = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            context.Database.ExecuteSqlRaw("SELECT pg_advisory_xact_lock({0})", key);
        }
    }
}
