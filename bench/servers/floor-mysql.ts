// The floor's store on MariaDB and Redis.

import { Redis } from 'ioredis';
import mysql, { type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { type Provider, type Store, tables } from './floor-store.js';

export async function mysqlStore(databaseUrl: string, redisUrl: string): Promise<Store> {
  const pool = mysql.createPool({ uri: databaseUrl, connectionLimit: 10 });
  const redis = new Redis(redisUrl);
  for (const table of tables('BIGINT AUTO_INCREMENT PRIMARY KEY', 'BINARY(32)')) await pool.query(table);
  const rows = async (sql: string, values: readonly (number | Buffer)[]) => (await pool.execute<RowDataPacket[]>(sql, [...values]))[0];
  return {
    async put(key, value, seconds) {
      await redis.set(key, JSON.stringify(value), 'EX', seconds);
    },
    async get(key) {
      return JSON.parse((await redis.get(key)) ?? 'null') ?? undefined;
    },
    async take(key) {
      return JSON.parse((await redis.getdel(key)) ?? 'null') ?? undefined;
    },
    async userOf(identity) {
      const [row] = await rows('SELECT user_id FROM links WHERE identity = ?', [identity]);
      return row?.user_id;
    },
    async addUser({ email, name }) {
      const [{ insertId }] = await pool.execute<ResultSetHeader>('INSERT INTO users (email, name) VALUES (?, ?)', [email, name]);
      return insertId;
    },
    async link(user, provider, identity) {
      await pool.execute('INSERT INTO links (user_id, provider, identity) VALUES (?, ?, ?)', [user, provider, identity]);
    },
    async links(user) {
      return (await rows('SELECT id, provider FROM links WHERE user_id = ?', [user])) as unknown as readonly Provider[];
    },
    async unlink(user, provider) {
      const connection = await pool.getConnection();
      await connection.query('BEGIN');
      await connection.execute('UPDATE users SET version = version + 1 WHERE id = ?', [user]);
      const [links] = await connection.execute<RowDataPacket[]>('SELECT provider FROM links WHERE user_id = ?', [user]);
      const mayGo = links.length > 1;
      if (mayGo) {
        await connection.execute('DELETE FROM links WHERE user_id = ? AND provider = ?', [user, provider]);
        await connection.execute('INSERT INTO audit (user_id, event) VALUES (?, ?)', [user, 'unlink']);
        await connection.execute('INSERT INTO outbox (user_id, message) VALUES (?, ?)', [user, 'unlinked']);
      }
      await connection.query(mayGo ? 'COMMIT' : 'ROLLBACK');
      connection.release();
      return mayGo;
    },
  };
}
